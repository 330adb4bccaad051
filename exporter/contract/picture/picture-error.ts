import { CodedError } from '../coded-error.ts';

/** What can be wrong with a picture that somebody sends or names. */
export type PictureErrorCode =
  | 'PICTURE_EMPTY'
  | 'PICTURE_UNREADABLE'
  | 'PICTURE_UNKNOWN_FORMAT'
  | 'PICTURE_TOO_LARGE'
  | 'PICTURE_CORRUPT';

export class PictureError extends CodedError<PictureErrorCode> {}

/** The bytes are not a picture of the format that they claim to be. `what` completes "The PNG ...". */
export function corrupt(format: string, what: string, cause?: unknown): PictureError {
  return new PictureError(
    'PICTURE_CORRUPT',
    `The ${format} ${what}; save or send the picture again.`,
    cause === undefined ? {} : { cause },
  );
}
