import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can go wrong with fixes and their log. */
export type FixErrorCode =
  | 'LABELS_UNEQUAL'
  | 'NOT_FIXED'
  | 'GATE_REJECTED'
  | 'THRESHOLDS_INVALID'
  | 'LOG_LOCKED'
  | 'LOG_DAMAGED'
  | 'LOG_UNWRITABLE'
  | 'BASE_CHANGED'
  | 'ENTRY_UNKNOWN'
  | 'REPLAY_REJECTED'
  | 'NOTHING_BROKE'
  | 'PICTURE_SIZE';

export class FixError extends CodedError<FixErrorCode> {}
