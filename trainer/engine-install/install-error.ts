import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can keep a native engine from being installed. */
export type InstallErrorCode =
  | 'PLATFORM_UNSUPPORTED'
  | 'GLIBC_TOO_OLD'
  | 'SPACE_SHORT'
  | 'COMPILER_MISSING'
  | 'PIP_MISSING'
  | 'LIBRARY_NOT_FOUND'
  | 'DOWNLOAD_FAILED'
  | 'BUILD_FAILED'
  | 'DOES_NOT_LOAD'
  | 'INSTALL_RUNNING';

export class InstallError extends CodedError<InstallErrorCode> {}
