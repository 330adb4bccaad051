import type { Compiled, Engine } from '../engine/engine.ts';
import type { Weights } from '../network/weights.ts';
import { BatchRows } from './batch-rows.ts';
import { type ActivationSource, batchRanges, runBatches } from './run-batches.ts';

/**
 * Some outputs of a pass for all pictures of a source, a row a picture.
 * @param pass a compiled function of the folded weights and of what the source gives
 * @param folded the weights that it takes
 * @param names of the outputs; each is [N,L]
 */
export async function passRows<Name extends string>(
  engine: Engine,
  pass: Compiled,
  folded: Weights,
  source: ActivationSource,
  count: number,
  names: readonly Name[],
): Promise<Record<Name, BatchRows>> {
  const ranges = batchRanges(count);
  const rows = names.map((name) => [name, new BatchRows(count, ranges)] as const);
  await runBatches(engine, pass, folded, source, ranges, async (outputs, range) => {
    for (const [name, each] of rows) each.add(await outputs[name]!.read(), range);
  });
  return Object.fromEntries(rows) as Record<Name, BatchRows>;
}
