import type { LabelledSet } from '../data/picture-set.ts';
import type { Stage } from '../network/architecture.ts';
import type { ScoredNetwork } from './scorer.ts';
import { ScorerError } from './scorer-error.ts';

/** @throws ScorerError SET_MISMATCH where a set is empty, or is not what the network takes */
export function checkSet(set: LabelledSet, { preprocessing, architecture }: ScoredNetwork): void {
  const { height, width } = preprocessing;
  const { name, labelNames, count } = set;
  const refuse = (what: string) =>
    new ScorerError('SET_MISMATCH', `"${name}" cannot be scored: ${what}.`);
  if (count === 0) throw refuse('it has no picture; give at least one');
  if (labelNames.length !== architecture.classes) {
    throw refuse(
      `it has ${labelNames.length} labels where the network has ${architecture.classes}; give pictures with the network's labels`,
    );
  }
  if (set.height !== height || set.width !== width) {
    throw refuse(
      `its pictures are ${set.width} x ${set.height} where the network takes ${width} x ${height}; fit them first`,
    );
  }
}

/** @param first the earliest stage whose activations there are */
export function insufficient({ name }: LabelledSet, first: Stage): ScorerError {
  return new ScorerError(
    'ACTIVATIONS_INSUFFICIENT',
    `Of "${name}" there are only the activations before ${first}: edits of earlier stages, and answers by the picture, cannot be scored on it. Measure on pictures, or edit later stages.`,
  );
}

export function foreign({ name }: LabelledSet): ScorerError {
  return new ScorerError(
    'SET_FOREIGN',
    `"${name}" was not prepared by this scorer, or was disposed of; prepare it anew.`,
  );
}
