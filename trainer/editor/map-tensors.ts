import type * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../network/convolution-layer.ts';

/** What `compute` makes of each tensor, under the same name. */
export function mapTensors(
  tensors: NamedTensors,
  compute: (tensor: tf.Tensor, name: string) => tf.Tensor,
): NamedTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, compute(tensor, name)]),
  );
}

/** The tensors with `prefix` before every name, so that several sets fit into one. */
export function prefixed<T>(
  prefix: string,
  tensors: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]),
  );
}

/** The tensors whose names begin with `prefix`, without it. */
export function under(prefix: string, tensors: NamedTensors): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}
