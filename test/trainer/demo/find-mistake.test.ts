import { expect, test } from 'vitest';
import { surestMistake } from '../../../trainer/demo/find-mistake.ts';
import { stripes } from '../training/stripes.ts';

// Labels 0, 1, 2, 0.
const set = stripes({ test: 4 }).test;

test('the mistake that the network is surest of is found', () => {
  const logits = [
    [0, 3, 0],
    [9, 0, 0],
    [-50, -50, 50],
    [0.5, 0, 0.6],
  ];
  const mistake = surestMistake(set, Float32Array.from(logits.flat()));
  expect(mistake).toMatchObject({ picture: 1, label: 1, answer: 0 });
  expect(mistake.confidence).toBeCloseTo(Math.exp(9) / (Math.exp(9) + 2), 6);
});

test('a network that makes none is no subject for the demonstration', () => {
  const logits = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0]);
  expect(() => surestMistake(set, logits)).toThrow(
    expect.objectContaining({ code: 'NO_MISTAKE', message: expect.stringMatching(/stripes-test/) }),
  );
});
