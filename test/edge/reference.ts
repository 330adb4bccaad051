import { expect } from 'vitest';
import type { Prediction } from '../../edge/route/classify-schema.ts';
import { fixtureVersion } from './registry.ts';

/** What a version must answer about one of the fixture's pictures, by onnxruntime-node's logits. */
export function referencePredictions(version: number, picture: number): Prediction[] {
  const { manifest, references } = fixtureVersion(version);
  const logits = references[picture]!;
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return logits
    .map((logit, index) => ({
      label: manifest.labels[index]!,
      index,
      probability: Math.exp(logit) / total,
    }))
    .sort((a, b) => b.probability - a.probability);
}

export function expectPredictions(found: readonly Prediction[], expected: Prediction[]): void {
  expect(found.map(({ label, index }) => ({ label, index }))).toEqual(
    expected.map(({ label, index }) => ({ label, index })),
  );
  found.forEach(({ probability }, rank) => {
    expect(probability).toBeCloseTo(expected[rank]!.probability, 4);
  });
}
