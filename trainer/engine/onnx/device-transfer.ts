import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../../../exporter/graph/graph-builder.ts';
import { serialiseGraph } from '../../../exporter/graph/serialise-graph.ts';

/**
 * Copies float32 arrays between this process and a device by sessions that compute nothing: for reading a
 * tensor on the device, onnxruntime-node 1.30 has a function that ends the process.
 */
export class DeviceTransfer {
  #options: InferenceSession.SessionOptions;
  #up: Promise<InferenceSession> | null = null;
  #down: Promise<InferenceSession> | null = null;

  /** @param options what sessions on the device are created with */
  constructor(options: InferenceSession.SessionOptions) {
    this.#options = options;
  }

  /** @returns a tensor of one dimension on the device */
  async toDevice(data: Float32Array): Promise<Tensor> {
    this.#up ??= this.#session({ preferredOutputLocation: 'gpu-buffer' });
    const tensor = new Tensor('float32', data, [data.length]);
    const { copy } = await (await this.#up).run({ array: tensor });
    return copy as Tensor;
  }

  async toHost(tensor: Tensor): Promise<Float32Array> {
    this.#down ??= this.#session({});
    const { copy } = await (await this.#down).run({ array: withShape(tensor, [tensor.size]) });
    return copy!.data as Float32Array;
  }

  #session(options: InferenceSession.SessionOptions): Promise<InferenceSession> {
    const builder = new GraphBuilder();
    const array = builder.input('array', ['length']);
    builder.output('copy', array, ['length']);
    const graph = serialiseGraph(builder.build());
    return InferenceSession.create(graph, { ...this.#options, ...options });
  }
}

/** The same memory on the device under another shape; it lives as long as `tensor`. */
export function withShape(tensor: Tensor, shape: readonly number[]): Tensor {
  return Tensor.fromGpuBuffer(tensor.gpuBuffer, { dataType: 'float32', dims: [...shape] });
}
