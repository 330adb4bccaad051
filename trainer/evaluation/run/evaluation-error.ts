import { CodedError } from '../../../exporter/contract/coded-error.ts';

/** What can go wrong when networks are evaluated. */
export type EvaluationErrorCode =
  | 'OPTIONS_INVALID'
  | 'METHOD_UNKNOWN'
  | 'NOTHING_TO_EDIT'
  | 'DATA_MISMATCH'
  | 'JOURNAL_MISMATCH'
  | 'RESULT_UNREADABLE'
  | 'RESULT_INVALID'
  | 'RESULT_UNWRITABLE'
  | 'PLANS_DIFFER'
  | 'UNITS_DOUBLE'
  | 'UNITS_MISSING'
  | 'UNCERTAINTY_UNREADABLE'
  | 'UNCERTAINTY_INVALID';

export class EvaluationError extends CodedError<EvaluationErrorCode> {}
