import { CodedError } from '../../exporter/contract/coded-error.ts';

/** Why a version does not serve, beside what may be wrong with the artifact or the runtime. */
export type VersionErrorCode =
  | 'NOTHING_PUBLISHED'
  | 'VERSION_UNKNOWN'
  | 'MANIFEST_MISPLACED'
  | 'PART_MISSING'
  | 'NO_HEADROOM'
  /** A load took so long that another was started in its place. */
  | 'LOAD_EXPIRED'
  /** An operator asked for a version that did not pass its checks. */
  | 'VERSION_REFUSED'
  /** A request asked for a version that this isolate does not hold. */
  | 'VERSION_NOT_LOADED'
  | 'POINTER_CONFLICT'
  | 'STORAGE_FAILED'
  | 'NOT_READY';

export class VersionError extends CodedError<VersionErrorCode> {}
