import { CodedError } from '../contract/coded-error.ts';

/** What can be wrong with an artifact or with the folder that holds one. */
export type ArtifactErrorCode =
  | 'ARTIFACT_INVALID'
  | 'ARTIFACT_MISSING'
  | 'ARTIFACT_DAMAGED'
  | 'FOLDER_TAKEN'
  | 'FOLDER_UNWRITABLE';

export class ArtifactError extends CodedError<ArtifactErrorCode> {}
