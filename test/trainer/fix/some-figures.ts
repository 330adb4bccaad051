import type { FixFigures } from '../../../trainer/fix/figures.ts';

interface Wanted {
  /** In nats. */
  readonly margin?: number;
  /** Of 10 neighbours. */
  readonly following?: number;
  /** Of 1000 clean control pictures. */
  readonly flips?: number;
  readonly mended?: number;
  /** Of 80 boundary control pictures. */
  readonly boundaryFlips?: number;
  /** Of 20 pictures. */
  readonly overReach?: number;
  /** Constraint losses of one earlier picture. */
  readonly earlier?: readonly [before: number, after: number, fixed?: number];
  readonly total?: number;
}

/** Figures of a fix, made by hand. */
export function someFigures({
  margin = 0.5,
  following = 8,
  flips = 0,
  mended = 0,
  boundaryFlips = 0,
  overReach = 0,
  earlier,
  total = 0,
}: Wanted = {}): FixFigures {
  const flip = (_: unknown, picture: number) => ({ picture, label: 0, before: 0, after: 1 });
  return {
    pictures: [
      {
        probabilitiesBefore: [0.7, 0.2, 0.1],
        probabilitiesAfter: [0.3, 0.6, 0.1],
        lossBefore: 1.2,
        lossAfter: -margin,
        neighbours: [{ kind: 'noise', pictures: 10, before: 1, after: following }],
        overReach: { pictures: 20, gained: overReach },
      },
    ],
    controls: {
      clean: {
        pictures: 1000,
        errorBefore: 0.1,
        errorAfter: 0.1 + (flips - mended) / 1000,
        negativeFlips: Array.from({ length: flips }, flip),
        positiveFlips: Array.from({ length: mended }, (_, index) => ({
          ...flip(_, index),
          before: 1,
          after: 0,
        })),
      },
      boundary: {
        pictures: 80,
        errorBefore: 0.4,
        errorAfter: 0.4 + boundaryFlips / 80,
        negativeFlips: Array.from({ length: boundaryFlips }, flip),
        positiveFlips: [],
      },
    },
    regressions: earlier
      ? [
          {
            patch: 'abc',
            picture: 0,
            lossBefore: earlier[0],
            lossAfter: earlier[1],
            ...(earlier[2] !== undefined && { lossFixed: earlier[2] }),
          },
        ]
      : [],
    total: { errorBase: 0.1, errorAfter: 0.1 + total },
  };
}
