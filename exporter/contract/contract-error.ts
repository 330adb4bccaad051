import { CodedError } from './coded-error.ts';

/** What can be wrong with an artifact or what lies beside it, whoever reads it. */
export type ContractErrorCode =
  | 'MANIFEST_INVALID'
  | 'POINTER_INVALID'
  | 'FEEDBACK_INVALID'
  | 'CARD_INVALID'
  | 'DIGEST_MISMATCH'
  | 'GOLDEN_MISMATCH'
  | 'KEY_INVALID'
  | 'SIGNATURE_MISSING'
  | 'SIGNATURE_INVALID'
  | 'KEY_UNTRUSTED'
  | 'NOTHING_TO_ROLL_BACK';

export class ContractError extends CodedError<ContractErrorCode> {}
