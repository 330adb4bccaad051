import type { FixFigures } from './figures.ts';
import { followingShare } from './figures.ts';
import type { FixRecord, Strategy } from './fix-record.ts';

/** What keeping the earlier fixes took, for people. */
export const STRATEGY_TITLES: Readonly<Record<Strategy, string>> = {
  alone: 'an edit for the picture alone',
  'with-earlier-fixes': 'an edit that keeps the earlier fixes',
  'replay-from-base': 'all fixes made anew at once, from the network before any',
  held: 'no edit',
};

/** A fix, in lines for people. */
export function describeFix(record: FixRecord): string[] {
  const { figures, labelNames, labels, candidate, share, decision, reason, stages } = record;
  const answers = figures.pictures.map(
    ({ probabilitiesBefore, probabilitiesAfter, ...rest }, index) => {
      const before = labelNames[topOf(probabilitiesBefore)];
      const { lossBefore, lossAfter } = rest;
      return `${before} -> ${labelNames[topOf(probabilitiesAfter)]} (${labels[index]} wanted); margin ${(-lossBefore).toFixed(3)} -> ${(-lossAfter).toFixed(3)} nats`;
    },
  );
  const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  return [
    ...answers,
    `Taken: ${candidate ?? 'nothing'}, ${(100 * share).toFixed(0)} % of the step, because ${reason}; ${STRATEGY_TITLES[record.strategy]}.`,
    ...describeDamage(figures),
    ...decision.reasons.map((text) => `  ${text}`),
    `Gate: ${describeVerdict(record)}.`,
    ...(record.comparison ? describeComparison(record) : savingHint(record)),
    `Time: ${seconds.toFixed(1)} s (${stages.map((each) => `${each.stage} ${each.seconds.toFixed(1)}`).join(', ')}).`,
  ];
}

/** The gate's verdict in a few words. */
export function describeVerdict({
  decision,
  forced,
}: Pick<FixRecord, 'decision' | 'forced'>): string {
  const verdict = {
    accept: 'accepted',
    reject: 'rejected',
    cache: 'rejected, use a cache entry instead',
  }[decision.verdict];
  return forced ? `${verdict}; forced into the log` : verdict;
}

/** What a fix costs, a line for each kind of it. */
function describeDamage(figures: FixFigures): string[] {
  const kinds = Object.entries(figures.controls).map(
    ([kind, { negativeFlips, positiveFlips, pictures }]) =>
      `${kind} -${negativeFlips.length} +${positiveFlips.length} of ${pictures}`,
  );
  const following = Math.min(...figures.pictures.map(followingShare));
  const gained = figures.pictures.reduce((sum, { overReach }) => sum + overReach.gained, 0);
  return [
    `Control pictures broken and mended: ${kinds.join('; ')}. Clean drawdown ${drawdown(figures)} pp.`,
    `${(100 * following).toFixed(0)} % of the neighbours follow; over-reach ${gained}; ${figures.regressions.length} pictures of earlier fixes held against it.`,
  ];
}

function describeComparison({ comparison, figures, editable }: FixRecord): string[] {
  const { checkpoint, figures: other, candidate, outcome, editable: trained } = comparison!;
  const kind = (edits: boolean) => (edits ? 'trained to be edited' : 'trained ordinarily');
  if (!other) return [`On ${checkpoint} (${kind(trained)}): ${outcome}.`];
  const flips = (each: FixFigures) =>
    Object.values(each.controls).reduce((sum, { negativeFlips }) => sum + negativeFlips.length, 0);
  return [
    `Side by side:        ${kind(editable).padEnd(22)}${checkpoint} (${kind(trained)}, ${candidate})`,
    `  control flips      ${String(flips(figures)).padEnd(22)}${flips(other)}`,
    `  clean drawdown, pp ${drawdown(figures).padEnd(22)}${drawdown(other)}`,
  ];
}

function savingHint({ editable }: FixRecord): string[] {
  if (editable) return [];
  return [
    'The network says of itself no training to be edited; --compare <checkpoint> makes the same fix on one that was, side by side.',
  ];
}

function drawdown({ controls: { clean } }: FixFigures): string {
  return clean ? (100 * (clean.errorAfter - clean.errorBefore)).toFixed(2) : '-';
}

function topOf(probabilities: readonly number[]): number {
  return probabilities.indexOf(Math.max(...probabilities));
}
