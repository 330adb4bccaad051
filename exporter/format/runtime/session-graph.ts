import type { InferenceSession, TensorConstructor } from 'onnxruntime-node';
import type { Floats, OpenGraph } from './open-graph.ts';

/** What both builds of onnxruntime have in common. */
export interface Runtime {
  readonly InferenceSession: { create: typeof InferenceSession.create };
  readonly Tensor: TensorConstructor;
}

/** Opens the bytes of a graph in a runtime. */
export type OpenSession = (
  bytes: Uint8Array,
  options: InferenceSession.SessionOptions,
) => Promise<OpenGraph>;

/** A graph that is open in this thread. */
export async function openSession(
  { InferenceSession, Tensor }: Runtime,
  bytes: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<OpenGraph> {
  const session = await InferenceSession.create(bytes, options);
  return {
    inputs: session.inputMetadata,
    outputs: session.outputMetadata,
    release: () => session.release(),
    run: async (feeds) => {
      const tensors = Object.entries(feeds).map(
        ([name, { data, dims }]) => [name, new Tensor('float32', data, dims)] as const,
      );
      const outputs = await session.run(Object.fromEntries(tensors));
      return Object.fromEntries(
        Object.entries(outputs).map(([name, { data, dims }]): [string, Floats] => [
          name,
          { data: data as Float32Array, dims },
        ]),
      );
    },
  };
}
