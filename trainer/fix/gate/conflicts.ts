import type { PatchConstraint } from '../../patch/patch.ts';
import type { EarlierPicture } from '../earlier-pictures.ts';
import { brokenRegressions, type FixFigures } from '../figures.ts';
import type { Thresholds } from './thresholds.ts';

/** The earlier fixes that a fix breaks: which, which picture of it, and by how much; for people. */
export function describeConflicts(
  figures: FixFigures,
  earlier: readonly EarlierPicture[],
  thresholds: Thresholds,
): string[] {
  return brokenRegressions(figures, thresholds).map(({ patch, picture, lossBefore, lossAfter }) => {
    const { constraint } = earlier.find(
      (each) => each.patch === patch && each.picture === picture,
    )!;
    return `it breaks fix ${patch}, picture ${picture + 1} ("${constraint.labelName}"): from ${(-lossBefore).toFixed(3)} nats ahead to ${Math.abs(lossAfter).toFixed(3)} ${lossAfter < 0 ? 'ahead' : 'behind'}`;
  });
}

/** Earlier fixes of the very same picture to another label, for people. */
export function contradictions(
  constraints: readonly PatchConstraint[],
  earlier: readonly EarlierPicture[],
): string[] {
  return earlier.flatMap(({ patch, constraint }) =>
    constraints
      .filter(
        ({ imageSha256, label }) =>
          imageSha256 === constraint.imageSha256 && label !== constraint.label,
      )
      .map(
        ({ labelName }) =>
          `fix ${patch} says "${constraint.labelName}" of the same picture that is to be "${labelName}" now; undo it first`,
      ),
  );
}
