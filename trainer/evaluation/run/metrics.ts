import { drawdown } from '../statistics/flips-per-class.ts';
import { mean } from '../statistics/mean.ts';
import type { Coverage, EditRecord, SequenceRecord, UnitRecord } from './unit-record.ts';

/** The figures of one unit by name; what does not apply to it is left out. */
export type Metrics = ReadonlyMap<string, number>;

/** Flattens a record to the figures that summaries give the means of. */
export function metricsOf(record: UnitRecord, labelNames: readonly string[]): Metrics {
  return record.kind === 'edit' ? editMetrics(record, labelNames) : sequenceMetrics(record);
}

function editMetrics(record: EditRecord, labelNames: readonly string[]): Metrics {
  const metrics = new Map<string, number>([
    ['success', Number(record.success)],
    ['steps', record.steps],
    ['noOp', Number(record.answerBefore === record.label)],
    ['rankBefore', record.rankBefore],
  ]);
  for (const [name, flips] of Object.entries(record.controls)) {
    if (flips.pictures === 0) continue;
    metrics.set(`drawdown.${name}`, drawdown(flips));
    metrics.set(`negativeFlips.${name}`, sum(flips.negative));
    metrics.set(`positiveFlips.${name}`, sum(flips.positive));
    for (const [label, labelName] of labelNames.entries()) {
      metrics.set(`negativeFlips.${name}.${labelName}`, flips.negative[label]!);
      metrics.set(`positiveFlips.${name}.${labelName}`, flips.positive[label]!);
    }
  }
  const groups = Object.entries(record.groups);
  const neighbours = groups.filter(([name]) => name.startsWith('neighbours.'));
  if (neighbours.length > 0)
    groups.unshift(['neighbours', pool(neighbours.map(([, each]) => each))]);
  for (const [name, { pictures, before, after, gained }] of groups) {
    const open = pictures - before;
    if (name === 'class' && pictures > 0) metrics.set('class.before', before / pictures);
    if (name !== 'overReach' && pictures > 0) metrics.set(`${name}.after`, after / pictures);
    if (name !== 'class' && open > 0) metrics.set(`${name}.gained`, gained / open);
  }
  return metrics;
}

function sequenceMetrics({ edits, marks }: SequenceRecord): Metrics {
  const metrics = new Map<string, number>([
    ['success', mean(edits.map(({ success }) => Number(success)))],
    ['steps', mean(edits.map(({ steps }) => steps))],
  ]);
  for (const mark of marks) {
    const along = edits.slice(0, mark.edits).map((edit) => edit.drawdown);
    metrics.set(`drawdown@${mark.edits}`, along.at(-1)!);
    metrics.set(`meanDrawdown@${mark.edits}`, mean(along));
    metrics.set(`maxDrawdown@${mark.edits}`, Math.max(...along));
    metrics.set(`retention@${mark.edits}`, mark.retention);
    if (mark.drift !== null) metrics.set(`drift@${mark.edits}`, mark.drift);
  }
  return metrics;
}

function pool(groups: readonly Coverage[]): Coverage {
  const total = (field: keyof Coverage) => sum(groups.map((group) => group[field]));
  return {
    pictures: total('pictures'),
    before: total('before'),
    after: total('after'),
    gained: total('gained'),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
