import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can be wrong with a checkpoint file. */
export type CheckpointErrorCode =
  | 'CHECKPOINT_MISSING'
  | 'CHECKPOINT_UNREADABLE'
  | 'CHECKPOINT_UNWRITABLE'
  | 'SAFETENSORS_INVALID'
  | 'METADATA_INVALID'
  | 'ARCHITECTURE_MISMATCH'
  | 'TENSORS_MISMATCH';

export class CheckpointError extends CodedError<CheckpointErrorCode> {}
