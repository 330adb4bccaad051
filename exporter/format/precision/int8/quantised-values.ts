import type { Graph, GraphNode } from '../../../graph/graph.ts';

/**
 * Which values of a classifier's graph an int8 form keeps as bytes: what its convolutions take, what its
 * residual additions take, and what the mean over the plane takes. Values before a relu that nothing else
 * reads are left out: the bytes behind it start at 0, and rounding into them is the relu.
 */
export function quantisedValues(graph: Graph): ReadonlySet<string> {
  const weights = new Set(graph.initializers.map(({ name }) => name));
  const values = new Set<string>();
  for (const node of graph.nodes) {
    if (!takesBytes(node)) continue;
    for (const name of node.inputs) if (!weights.has(name)) values.add(name);
  }
  return values;
}

/** Whether a node computes from bytes in an int8 form; the last layer stays in float32. */
export function takesBytes({ opType }: GraphNode): boolean {
  return opType === 'Conv' || opType === 'Add' || opType === 'ReduceMean';
}
