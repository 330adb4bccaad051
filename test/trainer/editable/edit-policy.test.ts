import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomFor } from '../../../trainer/data/random.ts';
import {
  candidateCount,
  chooseEdits,
  EDIT_POLICIES,
  type EditPolicy,
  LIKELY_RANKS,
} from '../../../trainer/editable/edit-policy.ts';

/** Candidates with answers, and how many edits to choose of them. */
const situations = fc
  .record({
    classes: fc.integer({ min: 2, max: 7 }),
    count: fc.integer({ min: 1, max: 12 }),
    seed: fc.nat(),
  })
  .chain(({ classes, count, seed }) =>
    fc.record({
      classes: fc.constant(classes),
      seed: fc.constant(seed),
      edits: fc.integer({ min: 1, max: count }),
      labels: fc.array(fc.nat({ max: classes - 1 }), { minLength: count, maxLength: count }),
      logits: fc.array(fc.float({ min: -9, max: 9, noNaN: true }), {
        minLength: count * classes,
        maxLength: count * classes,
      }),
    }),
  );
type Situation = typeof situations extends fc.Arbitrary<infer S> ? S : never;

const choose = (policy: EditPolicy, { classes, seed, edits, labels, logits }: Situation) =>
  chooseEdits(
    policy,
    edits,
    { labels, logits: Float32Array.from(logits), classes },
    randomFor(seed),
  );

/** The labels of one candidate from the likeliest on, the lower one first where two tie. */
function ranked({ classes, logits }: Situation, candidate: number): number[] {
  const row = logits.slice(candidate * classes, (candidate + 1) * classes);
  return row
    .map((logit, label) => [logit, label] as const)
    .sort(([a, label], [b, other]) => b - a || label - other)
    .map(([, label]) => label);
}

describe.each(EDIT_POLICIES)('%s edits', (policy) => {
  test('are as many as asked for, of different candidates, the same for the same seed', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const edits = choose(policy, situation);
        expect(edits).toHaveLength(situation.edits);
        expect(new Set(edits.map(({ candidate }) => candidate)).size).toBe(situation.edits);
        expect(choose(policy, situation)).toEqual(edits);
      }),
    );
  });

  test('have enough candidates to choose from', () => {
    for (const edits of [1, 7, 200]) {
      expect(candidateCount(policy, edits)).toBeGreaterThanOrEqual(edits);
    }
  });
});

test('random edits ask for any label but the own one', () => {
  const asked = new Set<number>();
  fc.assert(
    fc.property(situations, (situation) => {
      for (const { candidate, label, fallback } of choose('random', situation)) {
        expect(label).not.toBe(situation.labels[candidate]);
        expect(label).toBeLessThan(situation.classes);
        expect(fallback).toBe(false);
        if (situation.classes === 5) asked.add(label - situation.labels[candidate]!);
      }
    }),
    { numRuns: 500 },
  );
  expect([...asked].sort((a, b) => a - b)).toEqual([-4, -3, -2, -1, 1, 2, 3, 4]);
});

test('likely edits ask for one of the labels that come next behind the answer, each of them', () => {
  const ranks = new Set<number>();
  fc.assert(
    fc.property(situations, (situation) => {
      for (const { candidate, label, fallback } of choose('likely', situation)) {
        const rank = ranked(situation, candidate).indexOf(label);
        expect(rank).toBeGreaterThanOrEqual(1);
        expect(rank).toBeLessThanOrEqual(LIKELY_RANKS);
        expect(fallback).toBe(false);
        ranks.add(rank);
      }
    }),
    { numRuns: 300 },
  );
  expect([...ranks].sort()).toEqual([1, 2, 3]);
});

test('edits of mistakes give what is answered wrongly its own label, and are random where that is used up', () => {
  fc.assert(
    fc.property(situations, (situation) => {
      const wrong = situation.labels.map(
        (label, candidate) => ranked(situation, candidate)[0] !== label,
      );
      const mistakes = Math.min(situation.edits, wrong.filter(Boolean).length);
      const edits = choose('mistakes', situation);
      expect(edits.filter(({ fallback }) => !fallback)).toHaveLength(mistakes);
      for (const { candidate, label, fallback } of edits) {
        expect(wrong[candidate]).toBe(!fallback);
        expect(label === situation.labels[candidate]).toBe(!fallback);
      }
    }),
  );
});
