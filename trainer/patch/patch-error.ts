import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can go wrong with patches. */
export type PatchErrorCode =
  | 'LABEL_UNKNOWN'
  | 'SETTINGS_INVALID'
  | 'CONTROL_MISMATCH'
  | 'EDIT_NEEDLESS'
  | 'EDIT_FAILED'
  | 'PATCH_INVALID'
  | 'BASE_MISMATCH';

export class PatchError extends CodedError<PatchErrorCode> {}
