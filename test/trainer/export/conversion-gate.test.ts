import { describe, expect, test } from 'vitest';
import { pictureAt } from '../../../trainer/data/picture-set.ts';
import { CONVERSION_GATE, checkConversion } from '../../../trainer/export/conversion-gate.ts';
import { type ConversionProbe, conversionProbe } from '../../../trainer/export/conversion-probe.ts';
import { fidelityOf } from '../../../trainer/export/fidelity.ts';
import type { Patch } from '../../../trainer/patch/patch.ts';
import { handMadePatch } from '../patch/hand-made-patch.ts';
import { stripes } from '../training/stripes.ts';
import { randomNetwork } from './random-network.ts';

const ARCHITECTURE = { name: 'resnet18', stem: 'cifar', width: 4, classes: 3 } as const;
const network = randomNetwork(ARCHITECTURE, 12);
const { test: control } = stripes({ test: 100 });
const LABEL = 2;
const made = handMadePatch(network.weights, [0, 0]);
const patch = {
  ...made,
  constraints: [{ ...made.constraints[0]!, picture: pictureAt(control, 0), label: LABEL }],
};
const probe = conversionProbe(network, [patch], control, 100);
const [fix] = probe.fixes;
const form = { precision: 'int8', storage: 'ort' } as const;

/** Logits that answer each image with its class. */
const answering = (classOf: (row: number) => number) =>
  Float32Array.from({ length: probe.count * 3 }, (_, index) =>
    index % 3 === classOf(Math.floor(index / 3)) ? 2 : 0,
  );
const right = (row: number) =>
  row < probe.controlStart ? LABEL : control.labels[row - probe.controlStart]!;
const before = answering(right);
const except = (rows: readonly number[], answer: number) =>
  answering((row) => (rows.includes(row) ? answer : right(row)));
const check = (after: Float32Array, gate = CONVERSION_GATE) =>
  checkConversion(form, probe, before, after, gate);

test('a probe has the patched picture, its neighbours and the control set', () => {
  expect(fix!.neighbours.length).toBe(13);
  expect(probe.controlStart).toBe(14);
  expect(probe.count).toBe(114);
  expect(probe.images.length).toBe(114 * 3 * 12 * 12);
  expect(conversionProbe(network, [], control, 10_000).control.count).toBe(100);
});

test('of many fixes, each has its picture in a probe, the newest eight their neighbours', () => {
  const patches = Array.from({ length: 10 }, (_, index) => ({ ...patch, id: `fix-${index}` }));
  const { fixes, controlStart } = conversionProbe(network, patches, control, 100);
  expect(fixes.map((each) => each.patch)).toEqual(patches.map(({ id }) => id));
  expect(fixes.map(({ neighbours }) => neighbours.length)).toEqual([0, 0, ...Array(8).fill(13)]);
  expect(controlStart).toBe(10 + 8 * 13);
});

test('where fresh fixes are told, only those have their neighbours in a probe', () => {
  const patches = ['old', 'new'].map((id) => ({ ...patch, id }));
  const { fixes } = conversionProbe(network, patches, control, 100, new Set(['new']));
  expect(fixes.map(({ neighbours }) => neighbours.length)).toEqual([0, 13]);
  expect(fixes.map(({ picture }) => picture)).toEqual([0, 1]);
});

describe('a conversion', () => {
  test('that changes nothing passes with its figures', () => {
    expect(check(before)).toMatchObject({
      neighbours: { before: 13, after: 13 },
      changedAnswers: 0,
      damage: { drawdown: 0, errorAfter: 0 },
    });
  });

  test('is refused when the patched picture has another label again', () => {
    const lost = except([fix!.picture], 0);
    expect(() => check(lost)).toThrowError(
      expect.objectContaining({ code: 'FIX_LOST', message: expect.stringMatching(/2\.000 nats/) }),
    );
    const tied = before.slice();
    tied[fix!.picture * 3] = tied[fix!.picture * 3 + LABEL]!;
    expect(() => check(tied)).toThrowError(expect.objectContaining({ code: 'FIX_LOST' }));
  });

  test('cannot lose a fix that a later one has taken back by force', () => {
    const forced = { ...patch, id: 'forced', forcedBecause: 'it breaks an earlier one' };
    const rows = (patches: Patch[]) => conversionProbe(network, patches, control, 100);
    const answers = (of: ConversionProbe, lost: number) =>
      Float32Array.from({ length: of.count * 3 }, (_, index) => {
        const row = Math.floor(index / 3);
        const label = row < of.controlStart ? LABEL : control.labels[row - of.controlStart]!;
        return index % 3 === (row === lost ? 0 : label) ? 2 : 0;
      });
    const checked = (patches: Patch[], lost: number) => {
      const of = rows(patches);
      const logits = answers(of, of.fixes[lost]!.picture);
      return checkConversion(form, of, logits, logits, CONVERSION_GATE);
    };
    expect(checked([patch, forced], 0).leastConfidence).toBeGreaterThan(0.5);
    const lost = expect.objectContaining({ code: 'FIX_LOST' });
    expect(() => checked([patch, forced], 1)).toThrow(lost);
    expect(() => checked([patch, { ...patch, id: 'next' }], 0)).toThrow(lost);
  });

  test('is refused when too many neighbours lose the label', () => {
    expect(check(except(fix!.neighbours.slice(0, 3), 0)).neighbours.after).toBe(10);
    expect(() => check(except(fix!.neighbours.slice(0, 4), 0))).toThrowError(
      expect.objectContaining({ code: 'FIX_LOST', message: expect.stringMatching(/13.*4 have/) }),
    );
  });

  test('is refused when the control set is answered otherwise, or worse', () => {
    const rows = (count: number) =>
      Array.from({ length: count }, (_, i) => probe.controlStart + 3 * i);
    const loose = { ...CONVERSION_GATE, damage: 1 };
    expect(check(except(rows(2), 2), loose).changedAnswers).toBe(2);
    expect(() => check(except(rows(3), 2), loose)).toThrowError(
      expect.objectContaining({
        code: 'DAMAGE_EXCEEDED',
        message: expect.stringMatching(/3 of 100/),
      }),
    );
    const indifferent = { ...CONVERSION_GATE, changedAnswers: 1 };
    expect(check(except(rows(1), 2), indifferent).damage.negativeFlips.length).toBe(1);
    expect(() => check(except(rows(2), 2), indifferent)).toThrowError(
      expect.objectContaining({ code: 'DAMAGE_EXCEEDED' }),
    );
  });

  test('is refused when a logit is no number', () => {
    const broken = before.slice();
    broken[broken.length - 1] = Number.NaN;
    expect(() => check(broken)).toThrowError(expect.objectContaining({ code: 'DAMAGE_EXCEEDED' }));
  });
});

test('fidelity counts answers, differences and right answers', () => {
  const one = { ...control, count: 2, labels: Uint8Array.of(0, 1) };
  const reference = Float32Array.of(3, 1, 0, 0, 2, 1);
  const converted = Float32Array.of(2.5, 1, 0, 0, 1, 1.5);
  expect(fidelityOf(one, reference, converted)).toEqual({
    pictures: 2,
    agreement: 0.5,
    maxLogitDifference: 1,
    accuracy: { reference: 1, converted: 0.5 },
  });
});
