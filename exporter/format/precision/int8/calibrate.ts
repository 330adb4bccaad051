import { z } from 'zod';
import type { Graph } from '../../../graph/graph.ts';
import { activationScale } from './activation-scale.ts';
import { type FilterScales, filterScales } from './filter-scales.ts';
import { observeActivations } from './observe-activations.ts';

export const CalibrationSchema = z.strictObject({
  /** Of the values that byte nodes take, by their names. */
  values: z.record(
    z.string(),
    z.strictObject({
      /** A value is kept as `(byte - zeroPoint) * scale`. */
      scale: z.number(),
      zeroPoint: z.int(),
      /** [C], of each channel. */
      means: z.array(z.number()),
    }),
  ),
  /** See `FilterScales`. */
  filters: z.record(z.string(), z.array(z.number())),
});

/** What an int8 form of a graph must know beside the graph. */
export interface Calibration extends Omit<z.output<typeof CalibrationSchema>, 'filters'> {
  readonly filters: FilterScales;
}

/**
 * Calibrates a classifier's graph on images [count,3,H,W].
 * @param known scales of filters that were found before
 * @throws ExportError RUNTIME_MISSING or GRAPH_UNREADABLE
 */
export async function calibrate(
  graph: Graph,
  images: Float32Array,
  count: number,
  known: FilterScales = {},
): Promise<Calibration> {
  const observed = await observeActivations(graph, images, count);
  const values = [...observed].map(([name, seen]) => [
    name,
    { ...activationScale(seen), means: [...seen.means] },
  ]);
  return { values: Object.fromEntries(values), filters: filterScales(graph, known) };
}
