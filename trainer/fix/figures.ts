import { z } from 'zod';
import { CONTROL_KINDS } from '../evaluation/control/control-set.ts';
import type { Thresholds } from './gate/thresholds.ts';

const Count = z.int().min(0);

const FlipSchema = z.strictObject({
  /** Where the picture lies in the test set of the data. */
  picture: Count,
  label: Count,
  before: Count,
  after: Count,
});

const ControlSchema = z.strictObject({
  /** Without those that a fix is for. */
  pictures: Count,
  errorBefore: z.number(),
  errorAfter: z.number(),
  /** Right before, wrong after. */
  negativeFlips: z.array(FlipSchema),
  /** Wrong before, right after. */
  positiveFlips: z.array(FlipSchema),
});

const NeighboursSchema = z.strictObject({
  kind: z.string(),
  pictures: Count,
  /** How many have the label wanted. */
  before: Count,
  after: Count,
});

const FixedPictureSchema = z.strictObject({
  /** Of every class, before and after. */
  probabilitiesBefore: z.array(z.number()),
  probabilitiesAfter: z.array(z.number()),
  /** The constraint loss in nats. */
  lossBefore: z.number(),
  lossAfter: z.number(),
  neighbours: z.array(NeighboursSchema),
  /** Of the control pictures of other classes that lie nearest: how many took the label. */
  overReach: z.strictObject({ pictures: Count, gained: Count }),
});

const RegressionSchema = z.strictObject({
  /** The fix that the picture belongs to, and which of its pictures it is. */
  patch: z.string(),
  picture: Count,
  /** The constraint loss in nats: the label is lost at 0 and above. */
  lossBefore: z.number(),
  lossAfter: z.number(),
  /** That which its fix was made with; logs have it since fixes keep half of their first lead. */
  lossFixed: z.number().optional(),
});

/** What a fix does, measured. */
export const FixFiguresSchema = z.strictObject({
  pictures: z.array(FixedPictureSchema),
  controls: z.partialRecord(z.enum(CONTROL_KINDS), ControlSchema),
  /** Every picture of every earlier fix. */
  regressions: z.array(RegressionSchema),
  /** On clean control pictures: of the network before any fix, and after this one. */
  total: z.strictObject({ errorBase: z.number(), errorAfter: z.number() }),
});

export type FixFigures = Readonly<z.output<typeof FixFiguresSchema>>;
export type ControlFigures = FixFigures['controls'][keyof FixFigures['controls']] & object;
export type RegressionFigures = FixFigures['regressions'][number];
export type FixedPictureFigures = FixFigures['pictures'][number];

/** The share of a picture's neighbours, of all kinds, that have the label after the fix; 1 of none. */
export function followingShare({ neighbours }: Pick<FixedPictureFigures, 'neighbours'>): number {
  const pictures = neighbours.reduce((sum, each) => sum + each.pictures, 0);
  const after = neighbours.reduce((sum, each) => sum + each.after, 0);
  return pictures === 0 ? 1 : after / pictures;
}

/** Earlier fixes' pictures that held and are broken. */
export function brokenRegressions(
  { regressions }: FixFigures,
  { earlierMargin }: Pick<Thresholds, 'earlierMargin'>,
): RegressionFigures[] {
  return regressions.filter((each) => breaksEarlier(each, earlierMargin));
}

/**
 * Whether a picture of an earlier fix that held is broken: its label no longer wins, or by less than the margin
 * that earlier fixes keep, or than half of what it won by when it was fixed where that is less. One that wins by
 * less already, such as from before a threshold was raised, may lose nothing more.
 * @param margin in nats
 */
export function breaksEarlier(
  { lossBefore, lossAfter, lossFixed = lossBefore }: EarlierLosses,
  margin: number,
): boolean {
  if (lossBefore >= 0) return false;
  const kept = Math.min(margin, -lossFixed / 2, -lossBefore);
  return lossAfter >= 0 || lossAfter > -kept;
}

type EarlierLosses = Pick<RegressionFigures, 'lossBefore' | 'lossAfter' | 'lossFixed'>;
