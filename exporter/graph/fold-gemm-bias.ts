import type { Graph, GraphNode } from './graph.ts';

/** Lets a Gemm add the bias vector that an Add behind it, and nothing else, gives to its product. */
export function foldGemmBias(graph: Graph): Graph {
  const vectors = new Set(
    graph.initializers.filter(({ dims }) => dims.length === 1).map(({ name }) => name),
  );
  const readers = new Map<string, GraphNode[]>();
  for (const node of graph.nodes) {
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  }
  const folded = new Set<GraphNode>();
  const nodes = graph.nodes.map((node) => {
    const [add, ...others] = readers.get(node.outputs[0]!) ?? [];
    if (node.opType !== 'Gemm' || node.inputs.length !== 2) return node;
    if (add?.opType !== 'Add' || others.length > 0) return node;
    const bias = add.inputs.find((name) => vectors.has(name));
    if (bias === undefined) return node;
    folded.add(add);
    return { ...node, inputs: [...node.inputs, bias], outputs: add.outputs };
  });
  return { ...graph, nodes: nodes.filter((node) => !folded.has(node)) };
}
