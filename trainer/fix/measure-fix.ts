import { pictureDigest } from '../data/picture-digest.ts';
import { labelledSubset } from '../data/picture-set.ts';
import { measureDamage } from '../evaluation/damage.ts';
import { softmax, topClasses } from '../evaluation/top-class.ts';
import type { ControlBench } from './control/control-bench.ts';
import type { FixFigures } from './figures.ts';
import { kindsOf, type NearAnswers, type NearPictures } from './near-pictures.ts';

/** The answers of a network on all control pictures, [N,classes], and near the fix. */
export interface Answers {
  readonly controls: Float32Array;
  readonly near: NearAnswers;
}

/** Control pictures that do not count as damage: those that this fix or an earlier one is for. */
export function exemptPictures({ controls }: ControlBench, near: NearPictures): Set<number> {
  const fixed = new Set(
    [...near.constraints, ...near.earlier.map(({ constraint }) => constraint)].map(({ picture }) =>
      pictureDigest(picture.pixels),
    ),
  );
  return new Set(controls.digests.flatMap((digest, index) => (fixed.has(digest) ? [index] : [])));
}

/** Compares what two networks answer: a pure function of the answers. */
export function fixFigures(
  bench: ControlBench,
  near: NearPictures,
  before: Answers,
  after: Answers,
): FixFigures {
  const { set, parts, sources } = bench.controls;
  const classes = set.labelNames.length;
  const exempt = exemptPictures(bench, near);
  const rows = (logits: Float32Array, indices: readonly number[]) =>
    Float32Array.from(
      indices.flatMap((index) => [...logits.subarray(index * classes, (index + 1) * classes)]),
    );
  const compare = (from: Float32Array, kind: string) => {
    const part = parts.find((each) => each.kind === kind);
    const indices = Array.from({ length: part?.count ?? 0 }, (_, place) => part!.start + place);
    const counted = indices.filter((index) => !exempt.has(index));
    if (counted.length === 0) return null;
    const compared = labelledSubset(set, counted);
    const damage = measureDamage(compared, rows(from, counted), rows(after.controls, counted));
    const placed = (flips: typeof damage.negativeFlips) =>
      flips.map((flip) => ({ ...flip, picture: sources[counted[flip.picture]!]! }));
    const { pictures, errorBefore, errorAfter, negativeFlips, positiveFlips } = damage;
    return {
      pictures,
      errorBefore,
      errorAfter,
      negativeFlips: placed(negativeFlips),
      positiveFlips: placed(positiveFlips),
    };
  };
  const controls = Object.fromEntries(
    parts.flatMap(({ kind }) => {
      const figures = compare(before.controls, kind);
      return figures ? [[kind, figures]] : [];
    }),
  );
  const total = compare(bench.all.logits, 'clean');
  const [topBefore, topAfter] = [before, after].map((each) => topClasses(each.controls, classes));
  return {
    pictures: near.constraints.map(({ label }, index) => ({
      probabilitiesBefore: softmax(before.near.logits[index]!),
      probabilitiesAfter: softmax(after.near.logits[index]!),
      lossBefore: before.near.losses[index]!,
      lossAfter: after.near.losses[index]!,
      neighbours: kindsOf(near.neighbours[index]!).map(([kind, places]) => ({
        kind,
        pictures: places.length,
        before: places.filter((place) => before.near.following[index]![place]).length,
        after: places.filter((place) => after.near.following[index]![place]).length,
      })),
      overReach: {
        pictures: near.foreign[index]!.length,
        gained: [...near.foreign[index]!].filter(
          (place) => topAfter![place] === label && topBefore![place] !== label,
        ).length,
      },
    })),
    controls,
    regressions: near.earlier.map(({ patch, picture, lossFixed }, index) => ({
      patch,
      picture,
      lossFixed,
      lossBefore: before.near.earlier[index]!,
      lossAfter: after.near.earlier[index]!,
    })),
    total: { errorBase: total?.errorBefore ?? 0, errorAfter: total?.errorAfter ?? 0 },
  };
}
