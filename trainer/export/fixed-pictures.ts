import type { Patch, PatchConstraint } from '../patch/patch.ts';

/** A picture that a patch is for. */
export interface FixedPicture extends PatchConstraint {
  readonly patch: string;
  /** Names the picture among all of a version. */
  readonly name: string;
  /** Whether it is of the newest, which exports look at more closely. */
  readonly recent: boolean;
  /** Whether a later patch was made against the gate, which may have taken this one back. */
  readonly contested: boolean;
}

/**
 * How many of the newest pictures are golden ones and have their neighbours looked at. Older ones are
 * asked themselves alone, so that neither an export nor a swap at the edge, which computes every golden
 * picture, grows without bound with the log.
 */
const RECENT = 8;

/** The pictures that patches are for, in their order. */
export function fixedPictures(patches: readonly Patch[]): FixedPicture[] {
  const lastForced = patches.findLastIndex(({ forcedBecause }) => forcedBecause !== undefined);
  const pictures = patches.flatMap(({ id, constraints }, position) =>
    constraints.map((constraint, index) => ({
      ...constraint,
      patch: id,
      contested: position < lastForced,
      name: index === 0 ? `patch-${id}` : `patch-${id}-${index + 1}`,
    })),
  );
  return pictures.map((picture, index) => ({
    ...picture,
    recent: index >= pictures.length - RECENT,
  }));
}
