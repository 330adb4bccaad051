import type { PictureSet } from '../../data/picture-set.ts';
import type { LabelUncertainty } from './label-uncertainty.ts';

/** A picture whose label the network does not give, while people give its answer too. */
export interface ArguableMistake {
  readonly picture: number;
  /** What the data set calls it. */
  readonly label: number;
  readonly answer: number;
  /** Of people who gave the network's answer; null where it is not known. */
  readonly share: number | null;
}

/** The mistakes that may be none, by picture. */
export function arguableMistakes(
  { labels }: PictureSet,
  answers: ArrayLike<number>,
  { given }: LabelUncertainty,
): ArguableMistake[] {
  return [...given]
    .flatMap(([picture, byPeople]) => {
      const [label, answer] = [labels[picture]!, answers[picture]!];
      const share = byPeople.get(answer);
      return answer === label || share === undefined ? [] : [{ picture, label, answer, share }];
    })
    .sort((a, b) => a.picture - b.picture);
}
