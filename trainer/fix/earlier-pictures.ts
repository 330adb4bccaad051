import type { Patch, PatchConstraint } from '../patch/patch.ts';
import type { FixFigures } from './figures.ts';

/** Earlier pictures that an edit keeps at most, those that are the nearest to breaking. */
const MOST_TOGETHER = 63;

/** A picture of an earlier fix. */
export interface EarlierPicture {
  readonly patch: string;
  /** Which of the patch's pictures it is. */
  readonly picture: number;
  readonly constraint: PatchConstraint;
  /** The constraint loss that its fix was made with, of its worst picture, in nats. */
  readonly lossFixed: number;
}

/** Every picture of every fix, in order. */
export function earlierPictures(patches: readonly Patch[]): EarlierPicture[] {
  return patches.flatMap(({ id, constraints, report }) =>
    constraints.map((constraint, picture) => ({
      patch: id,
      picture,
      constraint,
      lossFixed: report.lossAfter,
    })),
  );
}

/** The earlier pictures that an edit leaves with the least lead. */
export function nearestToBreaking(
  earlier: readonly EarlierPicture[],
  { regressions }: FixFigures,
): PatchConstraint[] {
  return earlier
    .map(({ constraint }, index) => ({ constraint, loss: regressions[index]!.lossAfter }))
    .sort((a, b) => b.loss - a.loss)
    .slice(0, MOST_TOGETHER)
    .map(({ constraint }) => constraint);
}
