import { expect, test } from 'vitest';
import { randomFor } from '../../../../trainer/data/random.ts';
import {
  likelyEdits,
  mistakes,
  paperEdits,
} from '../../../../trainer/evaluation/protocol/planned-edit.ts';
import { weightDrift } from '../../../../trainer/evaluation/protocol/weight-drift.ts';
import { stripes } from '../../training/stripes.ts';

const { test: three } = stripes({ test: 600, side: 4 });
/** The same pictures under names for six classes. */
const set = { ...three, labelNames: ['a', 'b', 'c', 'd', 'e', 'f'] };
const random = randomFor(1, 'logits');
const logits = Float32Array.from({ length: 600 * 6 }, () => random.normal());
const rowOf = (picture: number) => [...logits.slice(6 * picture, 6 * picture + 6)];

test('the paper draws every picture once, and labels evenly from all classes', () => {
  const edits = paperEdits(set, 600, 1);
  const pictures = edits.map(({ picture }) => picture).sort((a, b) => a - b);
  expect(pictures).toEqual(Array.from({ length: 600 }, (_, picture) => picture));
  for (let label = 0; label < 6; label++) {
    const times = edits.filter((edit) => edit.label === label).length;
    // Five standard deviations around 100.
    expect(Math.abs(times - 100)).toBeLessThan(46);
  }
});

test('fewer edits are the first of more, and another seed draws others', () => {
  expect(paperEdits(set, 40, 1)).toEqual(paperEdits(set, 600, 1).slice(0, 40));
  expect(likelyEdits(set, logits, 40, 1)).toEqual(likelyEdits(set, logits, 90, 1).slice(0, 40));
  expect(mistakes(set, logits, 40, 1)).toEqual(mistakes(set, logits, 90, 1).slice(0, 40));
  expect(paperEdits(set, 40, 2)).not.toEqual(paperEdits(set, 40, 1));
});

test('likely labels are the second to the fourth of the answers, about as often each', () => {
  const ranks = likelyEdits(set, logits, 600, 1).map(({ picture, label }) => {
    const row = rowOf(picture);
    return row.filter((logit) => logit > row[label]!).length;
  });
  expect(new Set(ranks)).toEqual(new Set([1, 2, 3]));
  for (const rank of [1, 2, 3]) {
    expect(ranks.filter((each) => each === rank).length).toBeGreaterThan(140);
  }
});

test('mistakes are all that the network gets wrong, with their own labels', () => {
  const wrong = Array.from({ length: 600 }, (_, picture) => picture).filter((picture) => {
    const row = rowOf(picture);
    return row.indexOf(Math.max(...row)) !== set.labels[picture];
  });
  const edits = mistakes(set, logits, 600, 1);
  expect(edits.map(({ picture }) => picture).sort((a, b) => a - b)).toEqual(wrong);
  for (const { picture, label } of edits) expect(label).toBe(set.labels[picture]);
});

test('drift is the change against what changed, over the tensors that did', () => {
  const tensor = (...values: number[]) => ({
    shape: [values.length],
    data: Float32Array.from(values),
  });
  const before = new Map([
    ['a', tensor(3, 4)],
    ['b', tensor(100, 100)],
    ['c', tensor(0, 12)],
  ]);
  expect(weightDrift(before, before)).toBe(0);
  const after = new Map([...before, ['a', tensor(3, 7)], ['c', tensor(4, 12)]]);
  // Moved by (0, 3) and (4, 0), of norms 5 and 12.
  expect(weightDrift(before, after)).toBeCloseTo(5 / 13, 6);
});
