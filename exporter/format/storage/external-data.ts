import { sha256 } from '../../contract/digest.ts';
import type { Graph } from '../../graph/graph.ts';
import { serialiseGraph } from '../../graph/serialise-graph.ts';
import { packTensors } from './open-stage.ts';

/** Weights below this many bytes stay in the graph, where shapes and scales are read from. */
const SMALLEST = 1024;

/**
 * An ONNX file and its external data. The file names the data by its SHA-256, which is what a part is
 * called in an artifact's folder: tools that open the one there find the other.
 */
export async function withExternalData(
  graph: Graph,
): Promise<{ bytes: Uint8Array; weights: Uint8Array }> {
  const large = graph.initializers.filter(({ bytes }) => bytes.length >= SMALLEST);
  const { bytes: weights, tensors } = packTensors(large);
  const offsets = new Map(tensors.map(({ name, offset }) => [name, offset]));
  const external = { location: await sha256(weights), offsets };
  return { bytes: serialiseGraph(graph, external), weights };
}
