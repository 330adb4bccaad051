import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can go wrong with packages of networks. */
export type PackageErrorCode = 'FOLDER_TAKEN' | 'DATA_FOREIGN';

export class PackageError extends CodedError<PackageErrorCode> {}
