import { CodedError } from './coded-error.ts';

/** What can be wrong with an artifact, whoever reads it. */
export type ContractErrorCode =
  | 'MANIFEST_INVALID'
  | 'POINTER_INVALID'
  | 'DIGEST_MISMATCH'
  | 'GOLDEN_MISMATCH'
  | 'NOTHING_TO_ROLL_BACK';

export class ContractError extends CodedError<ContractErrorCode> {}
