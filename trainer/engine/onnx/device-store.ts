import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Value, ValueMap } from '../engine.ts';
import { valueForeign } from '../engine-error.ts';
import { elementCount } from '../shape.ts';
import type { DeviceTransfer } from './device-transfer.ts';
import { DeviceValue } from './device-value.ts';
import type { OutputPort, ValueStore } from './value-store.ts';

/** Values in the buffers of a device, which stay there from run to run. */
export class DeviceStore implements ValueStore {
  #transfer: DeviceTransfer;

  constructor(transfer: DeviceTransfer) {
    this.#transfer = transfer;
  }

  upload(data: Float32Array, shape: readonly number[]): Value {
    return new DeviceValue(data, [...shape], this.#transfer);
  }

  /** Single numbers, such as losses, come back with the run, since they are there to be read. */
  sessionOptions(outputs: readonly OutputPort[]): InferenceSession.SessionOptions {
    return {
      preferredOutputLocation: Object.fromEntries(
        outputs.map(({ port, shape }) => [port, elementCount(shape) > 1 ? 'gpu-buffer' : 'cpu']),
      ),
    };
  }

  async run(
    session: InferenceSession,
    inputs: ValueMap,
    outputs: readonly OutputPort[],
  ): Promise<ValueMap> {
    const feeds: Record<string, Tensor> = {};
    for (const [name, value] of Object.entries(inputs)) {
      if (!(value instanceof DeviceValue)) throw valueForeign('onnx', name);
      const tensor = await value.onDevice();
      if (session.inputNames.includes(name)) feeds[name] = tensor;
    }
    const results = await session.run(feeds);
    return Object.fromEntries(
      outputs.map(({ port, name, shape }) => {
        const tensor = results[port] as Tensor;
        const content = tensor.location === 'cpu' ? (tensor.data as Float32Array) : tensor;
        return [name, new DeviceValue(content, shape, this.#transfer)];
      }),
    );
  }
}
