import type { TensorInfo } from '@tensorflow/tfjs';
import { RELU_GRADIENT } from '../../gradient/relu.ts';
import { defineNativeKernel } from './kernel.ts';

/** The gradient of relu in one pass; the kernel of `step` that tfjs-node 4.22 brings takes seven. */
export function registerReluGradientKernel(): void {
  defineNativeKernel(RELU_GRADIENT, ({ inputs, backend }) => {
    const { dy, x } = inputs as { dy: TensorInfo; x: TensorInfo };
    const { binding } = backend;
    const attributes = [{ name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }];
    return backend.executeSingleOutput('ReluGrad', attributes, [dy, x]);
  });
}
