import type { OpenTensor } from '../../contract/form.ts';
import type { Graph, Initializer } from '../../graph/graph.ts';

/** Tensors one after the other in a part, and where each lies. */
export interface PackedTensors {
  readonly bytes: Uint8Array;
  readonly tensors: OpenTensor[];
}

/** In bytes: what any runtime may want a tensor's data to lie at a multiple of. */
const ALIGNMENT = 64;

/**
 * A graph that takes some of its weights as inputs, behind those that it has. It holds nothing of their
 * values, so that networks that differ in these weights alone have it in common.
 */
export function openWeights(graph: Graph, names: ReadonlySet<string>): Graph {
  const open = graph.initializers.filter(({ name }) => names.has(name));
  return {
    ...graph,
    inputs: [...graph.inputs, ...open.map(({ name, type, dims }) => ({ name, type, shape: dims }))],
    initializers: graph.initializers.filter(({ name }) => !names.has(name)),
  };
}

/** Packs a graph's weights of the names given, in the order that the graph has them. */
export function packWeights(graph: Graph, names: ReadonlySet<string>): PackedTensors {
  return packTensors(graph.initializers.filter(({ name }) => names.has(name)));
}

/** The elements of a float32 tensor in a part of packed ones, a copy of their own. */
export function unpackTensor(packed: Uint8Array, { offset, bytes }: OpenTensor): Float32Array {
  return new Float32Array(new Uint8Array(packed.subarray(offset, offset + bytes)).buffer);
}

/** Puts tensors one after the other, each at a multiple of 64 bytes. */
export function packTensors(initializers: readonly Initializer[]): PackedTensors {
  const tensors: OpenTensor[] = [];
  let end = 0;
  for (const { name, type, dims, bytes } of initializers) {
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    tensors.push({
      name,
      type: type as OpenTensor['type'],
      dims: [...dims],
      offset,
      bytes: bytes.length,
    });
    end = offset + bytes.length;
  }
  const packed = new Uint8Array(end);
  tensors.forEach(({ offset }, index) => {
    packed.set(initializers[index]!.bytes, offset);
  });
  return { bytes: packed, tensors };
}
