import * as tf from '@tensorflow/tfjs';
import { defineNativeKernel } from './kernel.ts';
import type { NativeBackend, NativeTensor } from './native-backend.ts';

type DataId = tf.TensorInfo['dataId'];

/** Filters lie as PyTorch has them, [O,I,H,W]; TensorFlow convolves with [H,W,I,O]. */
const TO_CONVOLVE = '2,3,1,0';
const FROM_CONVOLVE = '3,2,0,1';

/**
 * Replaces the native package's kernel for transposes, of which a step of training has many of filters.
 * [O,I,H,W] to [H,W,I,O] is done once for as long as the data lives: the same filter is convolved with
 * for the batch, for every step of an edit and, in evaluation, for every batch. The way back, which each
 * gradient takes once, goes by transposes of two and three dimensions, in half the time of one of four.
 */
export function registerTransposeKernel(native: NativeBackend): void {
  const copies = new Map<DataId, NativeTensor>();
  const disposeData = native.disposeData.bind(native);
  native.disposeData = (dataId, force) => {
    const gone = disposeData(dataId, force);
    const copy = gone ? copies.get(dataId) : undefined;
    if (copy) {
      native.binding.deleteTensor(copy.id);
      copies.delete(dataId);
    }
    return gone;
  };
  defineNativeKernel(tf.Transpose, ({ inputs, attributes }) => {
    const x = inputs.x as tf.Tensor;
    const order = attributes.perm as number[];
    if (order.join() === FROM_CONVOLVE) return tf.tidy(() => fromConvolve(native, x));
    if (order.join() !== TO_CONVOLVE) return native.createOutputTensor(transpose(native, x, order));
    let copy = copies.get(x.dataId);
    if (!copy) {
      copy = transpose(native, x, order);
      copies.set(x.dataId, copy);
    }
    return native.createOutputTensor(sameData(native, copy));
  });
}

/** [H,W,I,O] to [O,I,H,W]. */
function fromConvolve(native: NativeBackend, x: tf.Tensor): tf.Tensor {
  const [height, width, inputs, outputs] = x.shape as [number, number, number, number];
  const planes = tf.reshape(x, [height * width, inputs, outputs]);
  const inputsFirst = native.createOutputTensor(transpose(native, planes, [1, 0, 2]));
  const columns = tf.reshape(inputsFirst, [inputs * height * width, outputs]);
  const rows = native.createOutputTensor(transpose(native, columns, [1, 0]));
  return tf.reshape(rows, [outputs, inputs, height, width]);
}

function transpose(native: NativeBackend, x: tf.TensorInfo, order: number[]): NativeTensor {
  const { binding } = native;
  const permutation = tf.tensor1d(order, 'int32');
  const [result] = binding.executeOp(
    tf.Transpose,
    [
      { name: 'T', type: binding.TF_ATTR_TYPE, value: native.getDTypeInteger(x.dtype) },
      { name: 'Tperm', type: binding.TF_ATTR_TYPE, value: binding.TF_INT32 },
    ],
    native.getInputTensorIds([x, permutation]),
    1,
  );
  permutation.dispose();
  return result!;
}

/** Another handle of the same memory, so that each can be given up by itself. */
function sameData({ binding }: NativeBackend, { id, dtype }: NativeTensor): NativeTensor {
  const attributes = [{ name: 'T', type: binding.TF_ATTR_TYPE, value: dtype }];
  return binding.executeOp('Identity', attributes, [id], 1)[0]!;
}
