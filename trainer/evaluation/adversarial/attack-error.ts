import { CodedError } from '../../../exporter/contract/coded-error.ts';

/** What can be wrong with attacking a network. */
export type AttackErrorCode = 'ATTACK_INVALID' | 'SET_MISMATCH';

export class AttackError extends CodedError<AttackErrorCode> {}
