import { expect, test } from 'vitest';
import { createEditor } from '../../../../trainer/editor/editors.ts';
import type { Candidate } from '../../../../trainer/fix/search/candidate.ts';
import type { Damage } from '../../../../trainer/fix/search/damage.ts';
import { EditSearch } from '../../../../trainer/fix/search/search-edits.ts';
import type { Trial } from '../../../../trainer/fix/search/trial.ts';

/** How a candidate turns out in an imagined world. */
interface Fate {
  readonly name: string;
  /** The share from which the pictures have their label; null where the edit fails. */
  readonly holdsFrom: number | null;
  /** The share from which the neighbours follow. */
  readonly followsFrom?: number;
  /** Pictures that the whole edit breaks in each sample, and among all. */
  readonly flips: readonly number[];
  readonly all: number;
  /** The probability that right answers lose by it; as many as pictures break without it. */
  readonly lost?: number;
  readonly rehearses?: boolean;
}

const MODEST = 2;
const LIMIT = 20;

type World = ReturnType<typeof world>;

/** A world in which damage grows with the share, and a log of what was asked of it. */
function world(fates: readonly Fate[]) {
  const asked: string[] = [];
  const candidates = fates.map(
    ({ name, rehearses = false }): Candidate => ({
      name,
      cost: 1,
      settings: {
        editor: createEditor('gradient-descent'),
        stages: ['layer3'],
        margin: 0,
        maxSteps: 10,
        rehearsal: rehearses ? { weight: 1, pictures: 1, seed: 1 } : null,
      },
    }),
  );
  const damage = (flips: number, lost = flips): Damage => ({
    broken: 0,
    short: false,
    negativeFlips: flips,
    overReach: 0,
    lost,
  });
  const trial: Trial<Fate, string> = {
    samples: 3,
    edit: async ({ name }) => {
      const edit = fates.find((fate) => fate.name === name)!;
      asked.push(`edit ${name}`);
      return { edit, success: edit.holdsFrom !== null, steps: 3 };
    },
    near: async ({ holdsFrom, followsFrom = 0 }, share) => ({
      holds: holdsFrom !== null && share >= holdsFrom,
      follows: share >= followsFrom,
      broken: 0,
    }),
    sample: async ({ name, flips, lost }, _share, index) => {
      asked.push(`sample ${index} ${name}`);
      const seen = flips[index] ?? 0;
      return { damage: damage(seen, lost), promising: seen <= MODEST };
    },
    measure: async ({ name, all, lost }) => {
      asked.push(`measure ${name}`);
      return {
        damage: damage(all, lost),
        figures: name,
        acceptable: all <= LIMIT,
        modest: all <= MODEST,
      };
    },
  };
  return { candidates, trial, asked };
}

async function searchEdits({ candidates, trial }: Pick<World, 'candidates' | 'trial'>) {
  const search = new EditSearch(candidates, trial);
  await search.try();
  return search.outcome()!;
}

test('takes the first modest edit, and tries nothing behind it', async () => {
  const { candidates, trial, asked } = world([
    { name: 'harmful', holdsFrom: 0.5, flips: [9, 9], all: 9 },
    { name: 'modest', holdsFrom: 0.5, flips: [1], all: 2 },
    { name: 'perfect', holdsFrom: 0.5, flips: [0], all: 0 },
  ]);
  const { choice, rows, reason } = await searchEdits({ candidates, trial });
  expect(choice.candidate.name).toBe('modest');
  expect(choice.share).toBeGreaterThanOrEqual(0.5);
  expect(choice.share).toBeLessThanOrEqual(0.5 + 1 / 64);
  expect(asked).not.toContain('edit perfect');
  expect(rows.map(({ state }) => state)).toEqual(['sampled', 'chosen', 'waiting']);
  expect(reason).toMatch(/1 other candidates were not needed/);
});

test('is not taken in by a sample: what is measured decides', async () => {
  const { candidates, trial } = world([
    { name: 'looks well', holdsFrom: 1, flips: [0], all: 15 },
    { name: 'is better', holdsFrom: 1, flips: [5, 1, 1], all: 6 },
  ]);
  expect((await searchEdits({ candidates, trial })).choice.candidate.name).toBe('is better');
});

test('halves the contenders on sample after sample, and measures two', async () => {
  const { candidates, trial, asked } = world(
    [8, 6, 9, 5, 7, 4, 12, 11].map((flips, index) => ({
      name: `c${index}`,
      holdsFrom: 1,
      // The second sample turns the order of the best four around.
      flips: [flips, flips < 8 ? 20 - 2 * flips : 1, 1],
      all: flips,
    })),
  );
  await searchEdits({ candidates, trial });
  expect(asked.filter((each) => each.startsWith('sample 0'))).toHaveLength(8);
  const second = asked.filter((each) => each.startsWith('sample 1'));
  expect(second.sort()).toEqual(['sample 1 c1', 'sample 1 c3', 'sample 1 c4', 'sample 1 c5']);
  expect(asked.filter((each) => each.startsWith('measure')).sort()).toEqual([
    'measure c1',
    'measure c4',
  ]);
});

test('spares candidates that rehearse where others are modest, and tries them where none is', async () => {
  const rehearsing = { name: 'rehearsing', holdsFrom: 1, rehearses: true } as const;
  const worse = { ...rehearsing, flips: [3], all: 3 };
  const modest = world([worse, { name: 'plain', holdsFrom: 1, flips: [2], all: 2 }]);
  await searchEdits(modest);
  expect(modest.asked).not.toContain('edit rehearsing');
  const harmful = world([worse, { name: 'plain', holdsFrom: 1, flips: [4], all: 8 }]);
  const found = await searchEdits(harmful);
  expect(found.choice.candidate.name).toBe('rehearsing');
});

test('measures what harms a sample only where nothing is modest', async () => {
  const harmful = { name: 'harmful', holdsFrom: 1, flips: [4, 1, 1], all: 6 } as const;
  const rehearsing = { name: 'rehearsing', holdsFrom: 1, rehearses: true } as const;
  const spared = world([harmful, { ...rehearsing, flips: [1], all: 1 }]);
  await searchEdits(spared);
  expect(spared.asked.filter((each) => /^measure|sample 1/.test(each))).toEqual([
    'measure rehearsing',
  ]);
  const needed = world([harmful, { ...rehearsing, flips: [9, 3, 3], all: 15 }]);
  const { choice } = await searchEdits(needed);
  expect(choice.candidate.name).toBe('harmful');
});

test('measures on all control pictures at once where there is no sample of them', async () => {
  const { candidates, trial, asked } = world([
    { name: 'harmful', holdsFrom: 1, flips: [], all: 6 },
    { name: 'modest', holdsFrom: 0.5, flips: [], all: 1 },
    { name: 'perfect', holdsFrom: 0.5, flips: [], all: 0 },
  ]);
  const { choice } = await searchEdits({ candidates, trial: { ...trial, samples: 0 } });
  expect(choice.candidate.name).toBe('modest');
  expect(asked).toEqual(['edit harmful', 'measure harmful', 'edit modest', 'measure modest']);
});

test('takes the edit by which fewer pictures break and right answers lose less, together', async () => {
  const { candidates, trial } = world([
    { name: 'fewer break', holdsFrom: 1, flips: [4], all: 4, lost: 9 },
    { name: 'loses less', holdsFrom: 1, flips: [5], all: 5, lost: 6 },
    { name: 'loses least', holdsFrom: 1, flips: [9], all: 9, lost: 5 },
  ]);
  expect((await searchEdits({ candidates, trial })).choice.candidate.name).toBe('loses less');
});

test('prefers an edit whose neighbours follow, and one that the gate lets through', async () => {
  const { candidates, trial } = world([
    { name: 'alone', holdsFrom: 0.2, followsFrom: 9, flips: [3], all: 3 },
    { name: 'followed', holdsFrom: 0.2, followsFrom: 0.9, flips: [6], all: 6 },
    { name: 'too much', holdsFrom: 0.2, flips: [30], all: 30 },
    { name: 'more', holdsFrom: 0.2, followsFrom: 0.5, flips: [9], all: 9 },
  ]);
  const { choice } = await searchEdits({ candidates, trial });
  expect(choice.candidate.name).toBe('followed');
  expect(choice.share).toBeGreaterThanOrEqual(0.9);
});

test('has no outcome where no candidate fixes it', async () => {
  const { candidates, trial } = world([{ name: 'fails', holdsFrom: null, flips: [], all: 0 }]);
  const rows: string[] = [];
  const search = new EditSearch(candidates, trial, ([row]) => rows.push(row!.state));
  await search.try();
  expect([search.outcome(), search.best]).toEqual([null, null]);
  expect(rows.at(-1)).toBe('failed');
});

test('tries what is due, and goes on with what was not tried', async () => {
  const { candidates, trial, asked } = world([
    { name: 'slow', holdsFrom: 1, flips: [2], all: 2 },
    { name: 'quick', holdsFrom: 1, flips: [9, 9, 9], all: 9 },
  ]);
  const search = new EditSearch(candidates, trial);
  await search.try(({ name }) => name === 'quick');
  expect(asked).not.toContain('edit slow');
  expect(search.best!).toMatchObject({ figures: 'quick', acceptable: true, modest: false });
  expect(search.outcome()!.reason).toMatch(/lets it through, so that 1 other candidates/);
  await search.try();
  expect(asked.filter((each) => each === 'edit quick')).toHaveLength(1);
  expect(search.best!.figures).toBe('slow');
});
