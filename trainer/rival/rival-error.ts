import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can go wrong with the rivals of editing. */
export type RivalErrorCode = 'RIVAL_UNKNOWN' | 'PICTURES_MISSING';

export class RivalError extends CodedError<RivalErrorCode> {}
