import * as tf from '@tensorflow/tfjs';
import { onBackend } from '../active-backend.ts';
import type { Compiled, Engine, TensorMap, Value, ValueMap } from '../engine.ts';
import { checkElements, valueForeign } from '../engine-error.ts';
import { registerSecondOrderGradients } from '../gradient/second-order.ts';
import { withoutLeaks } from '../tensor-lifetime.ts';
import { EagerValue } from './eager-value.ts';

/** Which TensorFlow.js backend computes, and how people call it. */
export interface EagerEngineOptions {
  readonly name: Engine['name'];
  readonly description: string;
  /** A registered backend that starts synchronously. */
  readonly backendName: string;
}

/** An engine that runs a function's operations one by one on a TensorFlow.js backend. */
export function createEagerEngine({ name, description, backendName }: EagerEngineOptions): Engine {
  registerSecondOrderGradients();

  function upload(data: Float32Array, shape: readonly number[]): Value {
    checkElements(data, shape);
    return onBackend(backendName, () => {
      const tensor = tf.keep(tf.tensor(data, [...shape], 'float32'));
      return new EagerValue(tensor, backendName);
    });
  }

  function runNow(fn: (inputs: TensorMap) => TensorMap, inputs: ValueMap): ValueMap {
    const tensors = Object.entries(inputs).map(
      ([inputName, value]) => [inputName, tensorOf(inputName, value)] as const,
    );
    let names: string[] = [];
    const results = onBackend(backendName, () =>
      withoutLeaks(() => {
        const outputs = fn(
          Object.fromEntries(tensors.map(([inputName, tensor]) => [inputName, tf.clone(tensor)])),
        );
        names = Object.keys(outputs);
        return Object.values(outputs).map(asFloat);
      }),
    );
    return Object.fromEntries(
      results.map((tensor, index) => [names[index], new EagerValue(tensor, backendName)]),
    );
  }

  function tensorOf(inputName: string, value: Value): tf.Tensor {
    if (value instanceof EagerValue && value.backendName === backendName) return value.tensor;
    throw valueForeign(name, inputName);
  }

  return {
    name,
    description,
    upload,
    compile: (fn): Compiled => ({
      run: async (inputs) => runNow(fn, inputs),
      dispose: async () => {},
    }),
  };
}

/** TensorFlow's own Cast would run, and take its time, also where there is nothing to cast. */
function asFloat(tensor: tf.Tensor): tf.Tensor {
  return tensor.dtype === 'float32' ? tensor : tf.cast(tensor, 'float32');
}
