import { createHash } from 'node:crypto';
import type { Graph, Initializer } from '../../../graph/graph.ts';
import { byteNodes } from './byte-nodes.ts';
import { bestScales } from './quantised-weights.ts';

/**
 * One scale an output channel [O] of each filter, by the SHA-256 of the filter's elements. Where a version changes
 * a few filters, those of the others are known, and to search for all takes longer than the rest of a conversion.
 */
export type FilterScales = Readonly<Record<string, readonly number[]>>;

/** The best scales of all filters that an int8 form keeps as bytes. */
export function filterScales(graph: Graph, known: FilterScales = {}): FilterScales {
  const initializers = new Map(graph.initializers.map((each) => [each.name, each]));
  const scales: Record<string, readonly number[]> = {};
  for (const { opType, inputs } of byteNodes(graph).nodes) {
    if (opType !== 'Conv') continue;
    const filter = initializers.get(inputs[1]!)!;
    scales[digestOf(filter)] = [...scalesOf(filter, known)];
  }
  return scales;
}

/** Those of one filter: the known ones, or else the best. */
export function scalesOf(filter: Initializer, known: FilterScales): Float32Array {
  const found = known[digestOf(filter)];
  return found ? Float32Array.from(found) : bestScales(elementsOf(filter), filter.dims[0]!);
}

/** A float32 initializer's elements, in its order. */
export function elementsOf({ bytes }: Initializer): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}

function digestOf({ bytes }: Initializer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
