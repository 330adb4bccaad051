import {
  advancePointer,
  type ChannelName,
  type Pointer,
  rollbackPointer,
  rollbackTarget,
  type VersionReference,
} from '../../exporter/contract/pointer.ts';
import { VersionError } from './version-error.ts';

/** A change of the channel that an operator asks for. */
export interface Move {
  /** Whether it may replace a pointer that cannot be read. */
  readonly mends: boolean;
  /** The version to serve next. @throws ContractError or VersionError where there is none */
  target(current: Pointer | null): number;
  /** @throws VersionError POINTER_CONFLICT where it was made for another pointer than `current` */
  next(current: Pointer | null, channel: ChannelName, version: VersionReference): Pointer;
}

/** Puts `version` into service. */
export function advanceTo(version: number): Move {
  return { mends: true, target: () => version, next: advancePointer };
}

/** Returns to the version served before. */
export const rollback: Move = {
  mends: false,
  target: (current) => rollbackTarget(published(current)),
  next: (current, _, { manifestSha256 }) => rollbackPointer(published(current), manifestSha256),
};

/**
 * Puts a pointer in place that was made, and signed where keys are configured, elsewhere: whatever it
 * says, a rollout among it.
 */
export function replaceBy(pointer: Pointer): Move {
  return {
    mends: true,
    target: () => pointer.version,
    next: (current) => {
      if (pointer.sequence > (current?.sequence ?? 0)) return pointer;
      throw new VersionError(
        'POINTER_CONFLICT',
        `The pointer has sequence ${pointer.sequence}, and the channel is at ${current?.sequence} already; look at GET /versions, and make it again.`,
      );
    },
  };
}

/** @throws VersionError NOTHING_PUBLISHED where the channel has no pointer yet */
export function published(pointer: Pointer | null): Pointer {
  if (pointer !== null) return pointer;
  throw new VersionError(
    'NOTHING_PUBLISHED',
    'Nothing has been published to this channel; publish a version first.',
  );
}
