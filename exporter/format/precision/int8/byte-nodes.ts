import type { Graph, GraphNode } from '../../../graph/graph.ts';

/** What an int8 form of a classifier's graph computes from bytes. */
export interface ByteNodes {
  /** Convolutions, residual additions and the mean over the plane; the first and last layers are not. */
  readonly nodes: ReadonlySet<GraphNode>;
  /**
   * The values that these take. Values before a relu that nothing else reads are not among them: the
   * bytes behind it start at 0, and rounding into them is the relu.
   */
  readonly values: ReadonlySet<string>;
}

/**
 * Which nodes of a classifier's graph take bytes. The first layer stays in float32, since one scale does
 * not suit three channels of pictures and it costs a hundredth of the work, and the last, since its
 * rounding would be that of the logits.
 */
export function byteNodes(graph: Graph): ByteNodes {
  const known = new Set([...graph.inputs, ...graph.initializers].map(({ name }) => name));
  const fed = new Set(graph.inputs.map(({ name }) => name));
  const nodes = graph.nodes.filter(
    ({ opType, inputs }) =>
      ['Conv', 'Add', 'ReduceMean'].includes(opType) && !inputs.some((name) => fed.has(name)),
  );
  const values = nodes.flatMap(({ inputs }) => inputs.filter((name) => !known.has(name)));
  return { nodes: new Set(nodes), values: new Set(values) };
}
