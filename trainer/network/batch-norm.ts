import * as tf from '@tensorflow/tfjs';

/** Added to the variance before its root; torchvision's value. */
export const EPSILON = 1e-5;

const BATCH_AND_PLANE = [0, 1, 2];

/** Mean and biased variance of a batch, [C] each. Kept from tidying: whoever receives them disposes. */
export interface BatchStatistics {
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
  /** How many elements each channel's statistics are over. */
  readonly count: number;
}

/**
 * Batch normalisation with the statistics of the batch (Ioffe & Szegedy 2015, algorithm 1).
 * @param x [N,H,W,C]
 * @param scale gamma, [C]
 * @param offset beta, [C]
 */
export function batchNormTraining(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  onStatistics: (statistics: BatchStatistics) => void,
): tf.Tensor4D {
  const fused = tf.getKernel('BatchNormTraining', tf.getBackend()) !== undefined;
  const nested = tf.engine().state.gradientDepth > 1;
  const normalise = fused && !nested ? fusedBatchNorm : composedBatchNorm;
  return normalise(x, scale, offset, (mean, variance) => {
    const count = x.size / x.shape[3];
    onStatistics({ mean: tf.keep(mean), variance: tf.keep(variance), count });
  });
}

/**
 * Batch normalisation with fixed statistics, as one product and one sum a channel.
 * @param x [N,H,W,C]; the rest [C]
 */
export function batchNormEvaluation(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
): tf.Tensor4D {
  const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, EPSILON)));
  return tf.add(tf.mul(x, factor), tf.sub(offset, tf.mul(mean, factor)));
}

type Receive = (mean: tf.Tensor1D, variance: tf.Tensor1D) => void;
type Normalise = (
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  receive: Receive,
) => tf.Tensor4D;

/** Plain ops, which may be derived any number of times. */
const composedBatchNorm: Normalise = (x, scale, offset, receive) => {
  const mean = tf.mean(x, BATCH_AND_PLANE);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), BATCH_AND_PLANE);
  receive(mean as tf.Tensor1D, variance as tf.Tensor1D);
  const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, EPSILON)));
  return tf.add(tf.mul(centred, factor), offset);
};

/** The backend's one-pass kernel. To be derived once only. */
const fusedBatchNorm: Normalise = (x, scale, offset, receive) => {
  const compute = tf.customGrad((...inputs: unknown[]) => {
    const [x, scale, offset, save] = inputs as [
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.GradSaveFunc,
    ];
    const [value, mean, variance, ...reserved] = tf
      .engine()
      .runKernel<tf.Tensor[]>('BatchNormTraining', { x, scale, offset }, { epsilon: EPSILON }) as [
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
      ...tf.Tensor[],
    ];
    receive(mean, variance);
    const inverse = tf.rsqrt(tf.add(variance, EPSILON));
    const fusedGradient = tf.getKernel('BatchNormTrainingGradient', tf.getBackend()) !== undefined;
    save(fusedGradient ? [x, scale, ...reserved] : [x, scale, mean, inverse]);
    return { value, gradFunc: fusedGradient ? kernelGradient : writtenGradient };
  });
  return compute(x, scale, offset) as tf.Tensor4D;
};

/** By the backend's kernel, from what the forward kernel reserved for it. */
function kernelGradient(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [x, scale, reserved0, reserved1, reserved2] = saved as [
    tf.Tensor4D,
    tf.Tensor1D,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const operands = { dy, x, scale, reserved0, reserved1, reserved2 };
  return tf
    .engine()
    .runKernel<tf.Tensor[]>('BatchNormTrainingGradient', operands, { epsilon: EPSILON });
}

/** In five passes: dx = a dy + k1 x + k0, where a = gamma / sigma. */
function writtenGradient(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [x, scale, mean, inverse] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
  const count = x.size / x.shape[3];
  const sumDy = tf.sum(dy, BATCH_AND_PLANE);
  const sumDyX = tf.sum(tf.mul(dy, x), BATCH_AND_PLANE);
  const dScale = tf.mul(inverse, tf.sub(sumDyX, tf.mul(mean, sumDy)));
  const factor = tf.mul(scale, inverse);
  const k1 = tf.neg(tf.div(tf.mul(tf.mul(factor, inverse), dScale), count));
  const k0 = tf.sub(tf.neg(tf.div(tf.mul(factor, sumDy), count)), tf.mul(k1, mean));
  const scaled = tf
    .engine()
    .runKernel<tf.Tensor>('ChannelAffine', { x: dy, scale: factor, offset: k0 });
  return [tf.add(scaled, tf.mul(x, k1)), dScale, sumDy];
}
