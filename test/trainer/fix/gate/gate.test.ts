import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FixFigures } from '../../../../trainer/fix/figures.ts';
import { checkFix, decide, isModest, mayBeModest } from '../../../../trainer/fix/gate/gate.ts';
import { DEFAULT_THRESHOLDS, readThresholds } from '../../../../trainer/fix/gate/thresholds.ts';
import { someFigures } from '../some-figures.ts';

const failing = (figures: FixFigures) =>
  checkFix(figures, DEFAULT_THRESHOLDS)
    .filter(({ passed }) => !passed)
    .map(({ name }) => name);
const cache = { neighbours: 13, caught: 9, wrong: 0, controlPictures: 1000 };

test('lets through what is within every threshold, also at it', () => {
  const { cleanFlips, cleanDrawdown } = DEFAULT_THRESHOLDS;
  const figures = someFigures({
    flips: 1000 * cleanFlips,
    mended: 1000 * (cleanFlips - cleanDrawdown),
  });
  expect(failing(figures)).toEqual([]);
  expect(isModest(checkFix(figures, DEFAULT_THRESHOLDS), 0, 1000)).toBe(false);
  expect(decide(checkFix(figures, DEFAULT_THRESHOLDS), null)).toMatchObject({
    verdict: 'accept',
    reasons: [],
  });
});

test.each([
  [0, true],
  [2, true],
  [2.1, false],
])('a fix by which 1,000 right answers lose %d of probability', (lost, modest) => {
  const checks = checkFix(someFigures({ flips: 1 }), DEFAULT_THRESHOLDS);
  expect(isModest(checks, lost, 1000)).toBe(modest);
  const parts = [{ kind: 'clean', start: 0, count: 1000 }] as const;
  expect(mayBeModest(parts, { flipped: [1], lost }, 1000, DEFAULT_THRESHOLDS)).toBe(modest);
});

test('that a fix is modest is not expected where a sample loses nearly all that it may', () => {
  const parts = [{ kind: 'clean', start: 0, count: 1000 }] as const;
  const may = (lost: number, sample: number) =>
    mayBeModest(parts, { flipped: [], lost }, sample, DEFAULT_THRESHOLDS);
  expect([may(1.3, 100), may(1.5, 100)]).toEqual([true, false]);
  expect([may(1.5, 900), may(2.1, 900)]).toEqual([true, false]);
});

test('boundary pictures, which flip by chance, may use all that is allowed of them', () => {
  const flips = DEFAULT_THRESHOLDS.boundaryFlips * 80;
  const modest = (boundaryFlips: number) =>
    isModest(checkFix(someFigures({ boundaryFlips }), DEFAULT_THRESHOLDS), 0, 1000);
  expect([modest(flips), modest(flips + 1)]).toEqual([true, false]);
});

test.each<[string, Parameters<typeof someFigures>[0]]>([
  ['margin', { margin: 0.29 }],
  ['neighbours', { following: 4 }],
  ['regressions', { earlier: [-0.4, 0.1] }],
  ['clean flips', { flips: 16, mended: 16 }],
  ['boundary flips', { boundaryFlips: 33 }],
  ['drawdown', { flips: 6 }],
  ['over-reach', { overReach: 7 }],
  ['total drawdown', { total: 0.011 }],
])('refuses for %s alone', (name, figures) => {
  expect(failing(someFigures(figures))).toEqual([name]);
});

test.each([
  ['was lost before', 0.2, 0.3, []],
  ['keeps the margin of earlier fixes', -0.4, -0.15, []],
  ['wins by less than that margin', -0.4, -0.149, ['regressions']],
  ['won by little before and keeps half of it', -0.2, -0.1, []],
  ['won by little before and loses more than half of it', -0.2, -0.09, ['regressions']],
  ['ends in a tie', -0.2, 0, ['regressions']],
])('an earlier picture that %s', (_, before, after, failed) => {
  expect(failing(someFigures({ earlier: [before, after] }))).toEqual(failed);
});

test.each([
  ['clean', 7, true],
  ['clean', 8, false],
  ['boundary', 32, true],
  ['boundary', 33, false],
  ['corrupted', 3, true],
  ['corrupted', 4, false],
] as const)(
  'that a fix is modest can be expected where %s control pictures lose %d',
  (kind, flips, expected) => {
    const parts = [
      { kind: 'clean', start: 0, count: 1000 },
      { kind: 'boundary', start: 1000, count: 80 },
      { kind: 'corrupted', start: 1080, count: 200 },
    ] as const;
    const { start } = parts.find((part) => part.kind === kind)!;
    const flipped = Array.from({ length: flips }, (_, index) => start + index);
    expect(mayBeModest(parts, { flipped, lost: 0 }, 128, DEFAULT_THRESHOLDS)).toBe(expected);
  },
);

test.each([
  ['keeps half of what it was fixed with', -0.2, -0.1, -0.2, []],
  ['has lost half of that already, and loses more', -0.1, -0.09, -0.2, ['regressions']],
  ['has lost more than that already, and loses nothing', -0.05, -0.05, -0.2, []],
  ['has lost more than that already, and loses more', -0.05, -0.04, -0.2, ['regressions']],
] as const)('an earlier picture that %s', (_, before, after, fixed, failed) => {
  expect(failing(someFigures({ earlier: [before, after, fixed] }))).toEqual(failed);
});

test('an earlier picture may be asked to keep its label alone', () => {
  const checks = checkFix(someFigures({ earlier: [-0.4, -0.001] }), {
    ...DEFAULT_THRESHOLDS,
    earlierMargin: 0,
  });
  expect(checks.every(({ passed }) => passed)).toBe(true);
});

test('advises a cache entry where that answers nothing else wrongly', () => {
  const checks = checkFix(someFigures({ flips: 40 }), DEFAULT_THRESHOLDS);
  const advised = decide(checks, cache);
  expect(advised.verdict).toBe('cache');
  expect(advised.reasons.at(-1)).toMatch(/9 of 13 neighbours, and none of 1000/);
  const not = decide(checks, { ...cache, wrong: 2 });
  expect(not.verdict).toBe('reject');
  expect(not.reasons.at(-1)).toMatch(/2 of 1000 control pictures wrongly/);
});

test('proposes to retrain once fixes together cost too much', () => {
  const checks = checkFix(someFigures({ total: 0.02 }), DEFAULT_THRESHOLDS);
  expect(decide(checks, cache).reasons.join()).toMatch(/retraining .* is due/);
});

test('thresholds come from a file, what it leaves out by default, and nothing that is not known', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patchwork-gate-'));
  const file = join(folder, 'gate.json');
  await writeFile(file, '{"margin": 1}');
  expect(await readThresholds(file)).toEqual({ ...DEFAULT_THRESHOLDS, margin: 1 });
  for (const [text, what] of [
    ['{"margin": -1}', /margin/],
    ['{"marign": 1}', /marign.*give a JSON object with any of margin/s],
    ['{', /could not be read/],
  ] as const) {
    await writeFile(file, text);
    await expect(readThresholds(file)).rejects.toMatchObject({
      code: 'THRESHOLDS_INVALID',
      message: expect.stringMatching(what),
    });
  }
  await rm(folder, { recursive: true });
});
