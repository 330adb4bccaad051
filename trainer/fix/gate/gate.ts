import { z } from 'zod';
import type { ControlKind } from '../../evaluation/control/control-set.ts';
import type { ControlPart } from '../control/control-pictures.ts';
import { brokenRegressions, type FixFigures, followingShare } from '../figures.ts';
import type { Thresholds } from './thresholds.ts';

/** One figure against its threshold. */
const CheckSchema = z.strictObject({
  name: z.string(),
  passed: z.boolean(),
  /** How much of what is allowed it uses: the figure over its limit; null where none is a limit. */
  use: z.number().nullable(),
  /** Figure and threshold, for people. */
  text: z.string(),
});

export const VERDICTS = ['accept', 'reject', 'cache'] as const;

export const GateDecisionSchema = z.strictObject({
  /** `cache`: the network had better stay as it is, and the answer be given from a cache. */
  verdict: z.enum(VERDICTS),
  checks: z.array(CheckSchema),
  reasons: z.array(z.string()),
});

export type GateCheck = Readonly<z.output<typeof CheckSchema>>;
export type GateDecision = Readonly<z.output<typeof GateDecisionSchema>>;

/** What a perceptual cache entry for each picture would do instead. */
export interface CacheFigures {
  /** Neighbours that the entries would answer, of how many. */
  readonly neighbours: number;
  readonly caught: number;
  /** Control pictures of other labels that they would answer too. */
  readonly wrong: number;
  readonly controlPictures: number;
}

/** Holds what a fix does against the thresholds. A pure function of both. */
export function checkFix(figures: FixFigures, thresholds: Thresholds): GateCheck[] {
  const { pictures, controls, total } = figures;
  const loss = Math.max(...pictures.map(({ lossAfter }) => lossAfter));
  const following = Math.min(...pictures.map(followingShare));
  const gained = pictures.reduce((sum, { overReach }) => sum + overReach.gained, 0);
  const foreign = pictures.reduce((sum, { overReach }) => sum + overReach.pictures, 0);
  const broken = brokenRegressions(figures, thresholds);
  const checks: GateCheck[] = [
    {
      name: 'margin',
      use: null,
      passed: loss < 0 && loss <= -thresholds.margin,
      text: `wins by ${(-loss).toFixed(3)} nats, at least ${thresholds.margin} wanted`,
    },
    {
      name: 'neighbours',
      use: null,
      passed: following >= thresholds.neighbours,
      text: `${percent(following)} of the neighbours follow, at least ${percent(thresholds.neighbours)} wanted`,
    },
    {
      name: 'regressions',
      use: null,
      passed: broken.length === 0,
      text: `${broken.length} of ${figures.regressions.length} pictures of earlier fixes lose their label or win by less than ${thresholds.earlierMargin} nats, none may`,
    },
  ];
  for (const [name, control] of Object.entries(controls)) {
    const kind = name as ControlKind;
    const { negativeFlips, pictures: count } = control;
    const limit = thresholds[`${kind}Flips`];
    const share = count === 0 ? 0 : negativeFlips.length / count;
    checks.push({
      name: flipsOf(kind),
      ...within(share, limit),
      text: `${negativeFlips.length} of ${count} ${kind} control pictures break (${percent(share)}), at most ${percent(limit)} may`,
    });
  }
  const { clean } = controls;
  const drawdown = clean ? clean.errorAfter - clean.errorBefore : 0;
  const sum = total.errorAfter - total.errorBase;
  checks.push(
    atMost('drawdown', 'clean error rises by', drawdown, thresholds.cleanDrawdown),
    {
      name: 'over-reach',
      ...within(foreign === 0 ? 0 : gained / foreign, thresholds.overReach),
      text: `${gained} of ${foreign} nearest pictures of other classes take the label, at most ${percent(thresholds.overReach)} may`,
    },
    atMost(
      'total drawdown',
      'clean error since the first fix rises by',
      sum,
      thresholds.totalDrawdown,
    ),
  );
  return checks;
}

/**
 * The share of what the gate allows that counts as little. Boundary pictures, which are few and decided by next to
 * nothing, flip either way by chance: what they lose tells in the probability that is lost.
 */
const LITTLE = { usually: 1 / 2, ofBoundary: 1 };
/** The probability that right answers may lose by a modest edit, a control picture. */
const LITTLE_LOST = 0.002;

/**
 * What all pictures outside a small sample are taken to lose at least, of what those in it do. Over a dozen edits the
 * two lost alike, where the sample was the tenth that is decided by least.
 */
const UNSEEN_LOST = 1 / 2;

/** What control pictures lose by an edit: see `lostAnswers`. */
export interface Losses {
  /** Where the pictures lie that break. */
  readonly flipped: readonly number[];
  readonly lost: number;
}

/**
 * Whether all checks pass, no damage uses more than half of what is allowed, boundary pictures apart, and right
 * answers lose little probability, of `pictures` control pictures.
 */
export function isModest(checks: readonly GateCheck[], lost: number, pictures: number): boolean {
  const little = checks.every(({ name, passed, use }) => passed && (use ?? 0) <= littleOf(name));
  return little && isLittleLost(lost, pictures);
}

/**
 * Whether an edit can be modest by what a sample of the control pictures, those decided by least, loses.
 * @param parts where the control pictures of each kind lie
 * @param sample how many pictures the losses are of
 */
export function mayBeModest(
  parts: readonly ControlPart[],
  { flipped, lost }: Losses,
  sample: number,
  thresholds: Thresholds,
): boolean {
  const pictures = parts.reduce((sum, { count }) => sum + count, 0);
  const few = parts.every(({ kind, start, count }) => {
    const flips = flipped.filter((index) => index >= start && index < start + count).length;
    return flips <= Math.max(1, littleOf(flipsOf(kind)) * thresholds[`${kind}Flips`] * count);
  });
  const unseen = UNSEEN_LOST * lost * (1 - sample / pictures);
  return few && isLittleLost(lost + unseen, pictures);
}

function littleOf(check: string): number {
  return check === flipsOf('boundary') ? LITTLE.ofBoundary : LITTLE.usually;
}

function isLittleLost(lost: number, pictures: number): boolean {
  return lost <= LITTLE_LOST * pictures;
}

/**
 * Decides by the checks. A fix that works but costs too much is left to a cache where that would catch its
 * picture without giving a control picture a wrong answer.
 */
export function decide(
  checks: readonly GateCheck[],
  cache: CacheFigures | null,
  conflicts: readonly string[] = [],
): GateDecision {
  const failed = checks.filter(({ passed }) => !passed);
  const reasons = [...failed.map(({ name, text }) => `${name}: ${text}`), ...conflicts];
  if (failed.length === 0) return { verdict: 'accept', checks: [...checks], reasons: [] };
  if (failed.some(({ name }) => name === 'total drawdown')) {
    reasons.push('retraining on the fixed pictures and rebasing the log is due');
  }
  if (cache === null || cache.wrong > 0) {
    if (cache) {
      reasons.push(
        `a cache entry would not do either: it would answer ${cache.wrong} of ${cache.controlPictures} control pictures wrongly`,
      );
    }
    return { verdict: 'reject', checks: [...checks], reasons };
  }
  reasons.push(
    `a cache entry answers the picture and ${cache.caught} of ${cache.neighbours} neighbours, and none of ${cache.controlPictures} control pictures wrongly`,
  );
  return { verdict: 'cache', checks: [...checks], reasons };
}

function flipsOf(kind: ControlKind): string {
  return `${kind} flips`;
}

function atMost(name: string, what: string, value: number, limit: number): GateCheck {
  return {
    name,
    ...within(value, limit),
    text: `${what} ${points(value)}, at most ${points(limit)} may`,
  };
}

function within(value: number, limit: number): { passed: boolean; use: number | null } {
  // Rounding of error rates must not reject what is at the limit.
  return { passed: value <= limit + 1e-12, use: limit > 0 ? value / limit : null };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function points(share: number): string {
  return `${(100 * share).toFixed(2)} pp`;
}
