import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can go wrong with choosing how to edit. */
export type EditorErrorCode =
  | 'EDITOR_UNKNOWN'
  | 'COEFFICIENT_UNKNOWN'
  | 'COEFFICIENT_OUT_OF_RANGE'
  | 'REHEARSAL_INVALID'
  | 'CURVATURE_MISSING'
  | 'STAGES_INVALID'
  | 'STAGE_MISSING';

export class EditorError extends CodedError<EditorErrorCode> {}
