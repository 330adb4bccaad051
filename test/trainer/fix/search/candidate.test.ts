import { expect, test } from 'vitest';
import { candidates } from '../../../../trainer/fix/search/candidate.ts';

const editing = {
  editor: 'gradient-descent',
  coefficients: { rate: 0.01 },
  stages: ['layer3'],
  margin: 0.1,
  steps: 3,
} as const;

/** How many pictures each candidate that rehearses does. */
const rehearsed = (rehearsable: number) =>
  candidates({ editing, margin: 0.3, seed: 1, pictures: 1, rehearsable, curvature: true }).flatMap(
    ({ settings }) => settings.rehearsal?.pictures ?? [],
  );

test('as many pictures are rehearsed as there are, up to what a candidate asks for', () => {
  expect(rehearsed(2000)).toEqual([512, 128, 512]);
  expect(rehearsed(300)).toEqual([300, 128, 300]);
});

test('without a picture to rehearse, the others are left', () => {
  const options = { editing, margin: 0.3, seed: 1, pictures: 1, curvature: true };
  const plain = (rehearsable: number) =>
    candidates({ ...options, rehearsable })
      .filter(({ settings }) => !settings.rehearsal)
      .map(({ name }) => name);
  expect(rehearsed(0)).toEqual([]);
  expect(plain(0)).toEqual(plain(2000));
});

test('where the curvature is known, edits that go by it are tried before all others', () => {
  const names = (curvature: boolean) =>
    candidates({ editing, margin: 0.3, seed: 1, pictures: 1, rehearsable: 9, curvature }).map(
      ({ name }) => name,
    );
  const [first, second, ...others] = names(true);
  expect(first).toBe('preconditioned-gradient 1 on head');
  expect(second).toBe('preconditioned-gradient 1 on head, carrying over');
  expect(names(false)).toEqual(others);
});
