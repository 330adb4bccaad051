import * as tf from '@tensorflow/tfjs';

const LOWEST_FLOAT32 = -(2 - 2 ** -23) * 2 ** 127;

/**
 * Max-pooling with window 3, stride 2 and padding 1, as after the ImageNet stem: `[N,H,W,C]` to
 * `[N,ceil(H/2),ceil(W/2),C]`. The padding never wins.
 *
 * Written as maxima of slices, because the pooling kernel's gradient has no gradient of its own: like
 * this, derivatives of every order are exact. Where values tie, the first in row-major order gets the
 * whole gradient.
 */
export function maxPool3x3(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const pooledHeight = Math.ceil(height / 2);
  const pooledWidth = Math.ceil(width / 2);
  const rows = maximumOfThree(tf.reshape(x, [batch, height, width * channels]));
  const pooled = maximumOfThree(tf.reshape(rows, [batch * pooledHeight, width, channels]));
  return tf.reshape(pooled, [batch, pooledHeight, pooledWidth, channels]);
}

/** Pools axis 1 of `[outer,length,inner]` to `[outer,ceil(length/2),inner]`. */
function maximumOfThree(x: tf.Tensor3D): tf.Tensor3D {
  const [outer, length, inner] = x.shape;
  const pooled = Math.ceil(length / 2);
  const padding: [number, number] = [1, 2 * pooled + 1 - length];
  const padded = tf.pad(x, [[0, 0], padding, [0, 0]], LOWEST_FLOAT32);
  const pairs = tf.reshape(padded, [outer, pooled + 1, 2 * inner]);
  const size: [number, number, number] = [outer, pooled, inner];
  const first = tf.slice(pairs, [0, 0, 0], size);
  const second = tf.slice(pairs, [0, 0, inner], size);
  const third = tf.slice(pairs, [0, 1, 0], size);
  return tf.maximum(tf.maximum(first, second), third);
}
