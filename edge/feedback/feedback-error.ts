import { CodedError } from '../../exporter/contract/coded-error.ts';

/** Why a report is not kept, found or settled. */
export type FeedbackErrorCode =
  | 'FEEDBACK_FULL'
  | 'FEEDBACK_UNKNOWN'
  /** The report was settled otherwise before. */
  | 'OUTCOME_CONFLICT'
  /** The report is not the one that the sender has seen. */
  | 'PRECONDITION_FAILED';

export class FeedbackError extends CodedError<FeedbackErrorCode> {}
