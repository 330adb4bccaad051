import { z } from 'zod';
import type { Graph } from '../../../graph/graph.ts';
import { activationScale } from './activation-scale.ts';
import { observeActivations } from './observe-activations.ts';

export const CalibrationSchema = z.record(
  z.string(),
  z.strictObject({
    /** A value is kept as `(byte - zeroPoint) * scale`. */
    scale: z.number(),
    zeroPoint: z.int(),
    /** [C], of each channel. */
    means: z.array(z.number()),
  }),
);

/** What an int8 form of a graph must know of the values that its byte nodes take, by their names. */
export type Calibration = Readonly<z.output<typeof CalibrationSchema>>;

/**
 * Calibrates a classifier's graph on images [count,3,H,W].
 * @throws ExportError RUNTIME_MISSING or GRAPH_UNREADABLE
 */
export async function calibrate(
  graph: Graph,
  images: Float32Array,
  count: number,
): Promise<Calibration> {
  const observed = await observeActivations(graph, images, count);
  return Object.fromEntries(
    [...observed].map(([name, seen]) => [
      name,
      { ...activationScale(seen), means: [...seen.means] },
    ]),
  );
}
