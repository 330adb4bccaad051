import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Value, ValueMap } from '../engine.ts';
import { valueForeign } from '../engine-error.ts';
import { elementCount } from '../shape.ts';
import { BufferPool } from './buffer-pool.ts';
import { HostValue } from './host-value.ts';
import type { OutputPort, ValueStore } from './value-store.ts';

/** Values as arrays of this process, which sessions read and write in place. */
export class HostStore implements ValueStore {
  #pool = new BufferPool();

  upload(data: Float32Array, shape: readonly number[]): Value {
    return new HostValue(data, [...shape], null);
  }

  sessionOptions(): InferenceSession.SessionOptions {
    return {};
  }

  async run(
    session: InferenceSession,
    inputs: ValueMap,
    outputs: readonly OutputPort[],
  ): Promise<ValueMap> {
    const feeds: Record<string, Tensor> = {};
    for (const [name, value] of Object.entries(inputs)) {
      if (!(value instanceof HostValue)) throw valueForeign('onnx', name);
      const { tensor } = value;
      if (session.inputNames.includes(name)) feeds[name] = tensor;
    }
    const results: ValueMap = {};
    const fetches: Record<string, Tensor> = {};
    for (const { port, name, shape } of outputs) {
      const value = new HostValue(this.#pool.take(elementCount(shape)), shape, this.#pool);
      results[name] = value;
      fetches[port] = value.tensor;
    }
    try {
      await session.run(feeds, fetches);
    } catch (error) {
      for (const value of Object.values(results)) value.dispose();
      throw error;
    }
    return results;
  }
}
