import type { Graph, Initializer } from '../../graph/graph.ts';
import { DATA_TYPE } from '../../graph/graph.ts';
import { narrowToHalf } from './half-float.ts';

/** The graph with its float32 weights stored as float16 and widened before use; it computes in float32. */
export function halfWeights(graph: Graph): Graph {
  const wide = graph.initializers.filter(({ type }) => type === 'float32');
  const names = new Map(wide.map(({ name }) => [name, `${name}.half`]));
  return {
    ...graph,
    initializers: graph.initializers.map((each) =>
      each.type === 'float32' ? narrowed(each, names.get(each.name)!) : each,
    ),
    nodes: [
      ...[...names].map(([name, half]) => ({
        opType: 'Cast',
        inputs: [half],
        outputs: [name],
        attributes: { to: DATA_TYPE.float32 },
      })),
      ...graph.nodes,
    ],
  };
}

function narrowed({ bytes, dims }: Initializer, name: string): Initializer {
  const values = new Float32Array(bytes.slice().buffer);
  return { name, type: 'float16', dims, bytes: new Uint8Array(narrowToHalf(values).buffer) };
}
