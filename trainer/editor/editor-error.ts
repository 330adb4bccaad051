import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can go wrong with choosing an editor. */
export type EditorErrorCode = 'EDITOR_UNKNOWN' | 'COEFFICIENT_UNKNOWN' | 'COEFFICIENT_OUT_OF_RANGE';

export class EditorError extends CodedError<EditorErrorCode> {}
