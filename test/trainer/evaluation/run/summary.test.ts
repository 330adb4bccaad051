import { expect, test } from 'vitest';
import { latency } from '../../../../trainer/evaluation/run/measured.ts';
import { metricsOf } from '../../../../trainer/evaluation/run/metrics.ts';
import { summarise } from '../../../../trainer/evaluation/run/summary.ts';
import type { EditRecord, SequenceRecord } from '../../../../trainer/evaluation/run/unit-record.ts';
import { LABELS, madeUpPlan, madeUpRecord } from './made-up-evaluation.ts';

const edit: EditRecord = {
  kind: 'edit',
  picture: 3,
  trueLabel: 1,
  label: 2,
  answerBefore: 0,
  rankBefore: 3,
  success: true,
  steps: 4,
  lossBefore: 1.5,
  lossAfter: -0.2,
  controls: {
    clean: { negative: [3, 0, 1], positive: [0, 1, 0], pictures: 60 },
    boundary: { negative: [0, 0, 0], positive: [0, 0, 0], pictures: 0 },
  },
  groups: {
    'neighbours.crop': { pictures: 4, before: 0, after: 3, gained: 3 },
    'neighbours.flip': { pictures: 1, before: 1, after: 1, gained: 0 },
    class: { pictures: 10, before: 8, after: 9, gained: 2 },
    overReach: { pictures: 20, before: 4, after: 5, gained: 4 },
  },
};

test('the figures of an edit are its counts as shares; what was not measured is left out', () => {
  expect(Object.fromEntries(metricsOf(edit, LABELS))).toEqual({
    success: 1,
    steps: 4,
    noOp: 0,
    rankBefore: 3,
    'drawdown.clean': (4 - 1) / 60,
    'negativeFlips.clean': 4,
    'positiveFlips.clean': 1,
    'negativeFlips.clean.cat': 3,
    'negativeFlips.clean.dog': 0,
    'negativeFlips.clean.owl': 1,
    'positiveFlips.clean.cat': 0,
    'positiveFlips.clean.dog': 1,
    'positiveFlips.clean.owl': 0,
    'neighbours.after': 4 / 5,
    'neighbours.gained': 3 / 4,
    'neighbours.crop.after': 3 / 4,
    'neighbours.crop.gained': 3 / 4,
    'neighbours.flip.after': 1,
    'class.before': 0.8,
    'class.after': 0.9,
    'overReach.gained': 1 / 4,
  });
});

test('the figures of a sequence are those at its marks and along the way to them', () => {
  const drawdowns = [0.1, 0.3, 0.2, 0];
  const sequence: SequenceRecord = {
    kind: 'sequence',
    edits: drawdowns.map((drawdown, index) => ({
      picture: index,
      label: 0,
      success: index !== 2,
      steps: index,
      drawdown,
    })),
    marks: [
      { edits: 1, retention: 1, drift: 0.01 },
      { edits: 4, retention: 0.75, drift: null },
    ],
  };
  expect(Object.fromEntries(metricsOf(sequence, LABELS))).toEqual({
    success: 0.75,
    steps: 1.5,
    'drawdown@1': 0.1,
    'meanDrawdown@1': 0.1,
    'maxDrawdown@1': 0.1,
    'retention@1': 1,
    'drift@1': 0.01,
    'drawdown@4': 0,
    'meanDrawdown@4': expect.closeTo(0.15, 12),
    'maxDrawdown@4': 0.3,
    'retention@4': 0.75,
  });
});

test('a summary has the mean of each figure over the units of each experiment that have it', () => {
  const plan = madeUpPlan([9, 2, 5]);
  const records = plan.experiments.flatMap(({ units }, experiment) =>
    Array.from({ length: units }, (_, index) => madeUpRecord(plan, experiment, index)),
  );
  const summary = summarise(plan, records);
  let start = 0;
  for (const [experiment, { units }] of plan.experiments.entries()) {
    const mine = records.slice(start, start + units).map((each) => metricsOf(each, LABELS));
    start += units;
    const names = new Set(mine.flatMap((metrics) => [...metrics.keys()]));
    expect(new Set(Object.keys(summary[experiment]!))).toEqual(names);
    for (const name of names) {
      const values = mine.flatMap((metrics) => metrics.get(name) ?? []);
      const { mean, low, high, count } = summary[experiment]![name]!;
      expect(count, name).toBe(values.length);
      expect(mean, name).toBeCloseTo(values.reduce((a, b) => a + b) / values.length, 12);
      expect(low, name).toBeLessThanOrEqual(mean + 1e-12);
      expect(high, name).toBeGreaterThanOrEqual(mean - 1e-12);
    }
  }
});

test('latency is the median and the 95th percentile', () => {
  expect(latency([30, 10, 20])).toEqual({ p50: 20, p95: expect.closeTo(29, 12) });
  expect(latency([])).toBeNull();
});
