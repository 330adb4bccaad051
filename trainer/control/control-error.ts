import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can be wrong with control activations. */
export type ControlErrorCode =
  | 'ACTIVATIONS_INVALID'
  | 'ACTIVATIONS_FOREIGN'
  | 'STAGE_INVALID'
  | 'PICTURES_MISSING';

export class ControlError extends CodedError<ControlErrorCode> {}
