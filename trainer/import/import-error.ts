import { CodedError } from '../../exporter/contract/coded-error.ts';

/** Why a network of another program cannot be taken in. */
export type ImportErrorCode =
  | 'FORMAT_UNKNOWN'
  | 'NETWORK_UNKNOWN'
  | 'WEIGHTS_INVALID'
  | 'LABELS_INVALID'
  | 'LABELS_MISMATCH'
  | 'PREPROCESSING_MISSING'
  | 'PREPROCESSING_MISMATCH'
  | 'LOGITS_DIFFER'
  | 'CHECKPOINT_TAKEN';

export class ImportError extends CodedError<ImportErrorCode> {}
