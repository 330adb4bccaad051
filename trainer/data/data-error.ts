import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can be wrong with pictures, or with the way they are got. */
export type DataErrorCode =
  | 'DATA_SET_UNKNOWN'
  | 'DATA_MISSING'
  | 'DATA_MALFORMED'
  | 'DATA_INACCESSIBLE'
  | 'CLASS_UNKNOWN'
  | 'SELECTION_INVALID'
  | 'DOWNLOAD_FAILED'
  | 'DOWNLOAD_CORRUPT'
  | 'ARCHIVE_INVALID';

export class DataError extends CodedError<DataErrorCode> {}
