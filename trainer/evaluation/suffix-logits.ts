import type { Compiled, Engine } from '../engine/engine.ts';
import { LOGITS } from '../network/inference.ts';
import type { Weights } from '../network/weights.ts';
import { BatchRows } from './batch-rows.ts';
import { type ActivationSource, batchRanges, runBatches } from './run-batches.ts';

/**
 * The logits [count,classes] of all pictures of a source.
 * @param suffix a compiled `suffixPass`
 * @param folded the weights that it takes
 */
export async function suffixLogits(
  engine: Engine,
  suffix: Compiled,
  folded: Weights,
  source: ActivationSource,
  count: number,
): Promise<Float32Array> {
  const ranges = batchRanges(count);
  const rows = new BatchRows(count, ranges);
  await runBatches(engine, suffix, folded, source, ranges, async (outputs, range) => {
    rows.add(await outputs[LOGITS]!.read(), range);
  });
  return rows.present;
}
