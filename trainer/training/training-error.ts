import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can go wrong in a training run. */
export type TrainingErrorCode =
  | 'OPTIONS_INVALID'
  | 'OPTIONS_CHANGED'
  | 'DATA_CHANGED'
  | 'TEACHER_MISMATCH'
  | 'DIVERGED';

export class TrainingError extends CodedError<TrainingErrorCode> {}
