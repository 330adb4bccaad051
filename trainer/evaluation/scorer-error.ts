import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can go wrong while edited models are scored. */
export type ScorerErrorCode =
  | 'SET_FOREIGN'
  | 'SET_MISMATCH'
  | 'NETWORK_MISMATCH'
  | 'ACTIVATIONS_INSUFFICIENT'
  | 'STORE_UNUSABLE';

export class ScorerError extends CodedError<ScorerErrorCode> {}
