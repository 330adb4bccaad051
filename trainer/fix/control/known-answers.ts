import type { Weights } from '../../network/weights.ts';
import type { ControlBench } from './control-bench.ts';

/**
 * What a network with fixes answers to the clean control pictures, by their digests: [classes] each. Computes
 * nothing where the gate has just measured that network.
 */
export async function knownAnswers(
  bench: ControlBench,
  weights: Weights,
): Promise<Map<string, Float32Array>> {
  const { parts, digests, set } = bench.controls;
  const clean = parts.find(({ kind }) => kind === 'clean');
  if (!clean) return new Map();
  const logits = await bench.logits(weights);
  const classes = set.labelNames.length;
  const rows = Array.from({ length: clean.count }, (_, place) => clean.start + place);
  return new Map(
    rows.map((row) => [digests[row]!, logits.subarray(row * classes, (row + 1) * classes)]),
  );
}
