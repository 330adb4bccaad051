import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { defineNativeKernel } from './kernel.ts';
import type { NativeBackend, OpAttribute } from './native-backend.ts';

/**
 * TensorFlow's one-pass batch normalisation of [N,H,W,C] with the statistics of the batch, and its
 * gradient, for trainer/network/batch-norm.ts.
 */
export function registerBatchNormKernels(): void {
  defineNativeKernel('BatchNormTraining', ({ inputs, attributes, backend }) => {
    const { x, scale, offset } = inputs as Record<'x' | 'scale' | 'offset', TensorInfo>;
    const { binding } = backend;
    const opAttributes: OpAttribute[] = [
      ...commonAttributes(backend, attributes.epsilon as number),
      { name: 'exponential_avg_factor', type: binding.TF_ATTR_FLOAT, value: 1 },
    ];
    const noStatistics = tf.tensor1d([]);
    const outputs = backend.executeMultipleOutputs(
      'FusedBatchNormV3',
      opAttributes,
      [x, scale, offset, noStatistics, noStatistics],
      6,
    ) as tf.Tensor[];
    noStatistics.dispose();
    const [value, mean, unbiased, ...reserved] = outputs;
    const variance = tf.mul(unbiased!, biasedShare(x.shape));
    unbiased!.dispose();
    return [value!, mean!, variance, ...reserved];
  });
  defineNativeKernel('BatchNormTrainingGradient', ({ inputs, attributes, backend }) => {
    const { dy, x, scale, reserved0, reserved1, reserved2 } = inputs;
    const [dx, dScale, dOffset, ...unused] = backend.executeMultipleOutputs(
      'FusedBatchNormGradV3',
      commonAttributes(backend, attributes.epsilon as number),
      [dy!, x!, scale!, reserved0!, reserved1!, reserved2!],
      5,
    ) as tf.Tensor[];
    tf.dispose(unused);
    return [dx!, dScale!, dOffset!];
  });
}

/** What turns TensorFlow's unbiased variance of a batch of that shape into the biased one. */
function biasedShare(shape: readonly number[]): number {
  const count = shape.slice(0, 3).reduce((product, length) => product * length, 1);
  return Math.max(count - 1, 1) / count;
}

function commonAttributes({ binding }: NativeBackend, epsilon: number): OpAttribute[] {
  return [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'U', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value: epsilon },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: true },
  ];
}
