import type { Patch, PatchConstraint } from '../patch/patch.ts';

/** A picture that a patch is for. */
export interface FixedPicture extends PatchConstraint {
  readonly patch: string;
  /** Names the picture among all of a version. */
  readonly name: string;
  /** Whether it is of the newest, which exports look at more closely. */
  readonly recent: boolean;
}

/**
 * How many of the newest pictures are golden ones and have their neighbours looked at. Older ones are
 * asked themselves alone, so that neither an export nor a swap at the edge, which computes every golden
 * picture, grows without bound with the log.
 */
const RECENT = 8;

/** The pictures that patches are for, in their order. */
export function fixedPictures(patches: readonly Patch[]): FixedPicture[] {
  const pictures = patches.flatMap(({ id, constraints }) =>
    constraints.map((constraint, index) => ({
      ...constraint,
      patch: id,
      name: index === 0 ? `patch-${id}` : `patch-${id}-${index + 1}`,
    })),
  );
  return pictures.map((picture, index) => ({
    ...picture,
    recent: index >= pictures.length - RECENT,
  }));
}
