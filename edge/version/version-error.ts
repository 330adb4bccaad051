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
  | 'POINTER_CONFLICT'
  /** The pointer is that of another model or channel. */
  | 'POINTER_MISPLACED'
  /** The pointer is older than one that this isolate followed already. */
  | 'POINTER_REPLAYED'
  /** A pointer that an operator sent, or asked for, is not signed as this worker wants it. */
  | 'POINTER_REFUSED'
  | 'STORAGE_FAILED'
  | 'NOT_READY';

export class VersionError extends CodedError<VersionErrorCode> {}
