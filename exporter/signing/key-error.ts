import { CodedError } from '../contract/coded-error.ts';

/** What can be wrong with a private key or with where it lies. */
export type KeyErrorCode =
  | 'KEY_NAME_INVALID'
  | 'KEY_TAKEN'
  | 'KEY_MISSING'
  | 'KEY_UNREADABLE'
  | 'KEY_EXPOSED'
  | 'KEY_IN_REPOSITORY'
  | 'KEY_UNWRITABLE';

export class KeyError extends CodedError<KeyErrorCode> {}
