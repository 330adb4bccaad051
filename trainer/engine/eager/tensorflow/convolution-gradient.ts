import * as tf from '@tensorflow/tfjs';
import { NATIVE_BACKEND, type NativeBackend, type OpAttribute } from './native-backend.ts';

type Conv2DInfo = tf.backend_util.Conv2DInfo;

/**
 * Replaces the native package's two kernels for a convolution's gradients: TensorFlow's ops take
 * explicit padding, but the kernels of tfjs-node 4.22 refuse it. Layout NHWC.
 */
export function registerConvolutionGradientKernels(): void {
  replaceKernel(tf.Conv2DBackpropInput, ({ inputs, backend, attrs }) => {
    const { dy, filter } = inputs as { dy: tf.TensorInfo; filter: tf.TensorInfo };
    const attributes = attrs as unknown as tf.Conv2DBackpropInputAttrs;
    const info = convolutionInfo(attributes.inputShape, filter.shape, attributes);
    const native = backend as unknown as NativeBackend;
    return withSizes(info.inShape, (sizes) =>
      native.executeSingleOutput(tf.Conv2DBackpropInput, opAttributes(native, info), [
        sizes,
        filter,
        dy,
      ]),
    );
  });
  replaceKernel(tf.Conv2DBackpropFilter, ({ inputs, backend, attrs }) => {
    const { x, dy } = inputs as { x: tf.TensorInfo; dy: tf.TensorInfo };
    const attributes = attrs as unknown as tf.Conv2DBackpropFilterAttrs;
    const info = convolutionInfo(x.shape, attributes.filterShape, attributes);
    const native = backend as unknown as NativeBackend;
    return withSizes(info.filterShape, (sizes) =>
      native.executeSingleOutput(tf.Conv2DBackpropFilter, opAttributes(native, info), [
        x,
        sizes,
        dy,
      ]),
    );
  });
}

function replaceKernel(kernelName: string, kernelFunc: tf.KernelFunc): void {
  if (tf.getKernel(kernelName, NATIVE_BACKEND)) tf.unregisterKernel(kernelName, NATIVE_BACKEND);
  tf.registerKernel({ kernelName, backendName: NATIVE_BACKEND, kernelFunc });
}

function convolutionInfo(
  inputShape: number[],
  filterShape: number[],
  { strides, pad, dimRoundingMode }: tf.Conv2DBackpropFilterAttrs | tf.Conv2DBackpropInputAttrs,
): Conv2DInfo {
  return tf.backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    1,
    pad as number | tf.backend_util.ExplicitPadding,
    dimRoundingMode,
  );
}

function withSizes(sizes: number[], work: (sizes: tf.Tensor) => tf.TensorInfo): tf.TensorInfo {
  const tensor = tf.tensor1d(sizes, 'int32');
  const result = work(tensor);
  tensor.dispose();
  return result;
}

function opAttributes({ binding }: NativeBackend, info: Conv2DInfo): OpAttribute[] {
  const { type, top, bottom, left, right } = info.padInfo;
  const padding = type === 'SAME' || type === 'VALID' ? type : 'EXPLICIT';
  const integers = binding.TF_ATTR_INT;
  const attributes: OpAttribute[] = [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'strides', type: integers, value: [1, info.strideHeight, info.strideWidth, 1] },
    { name: 'padding', type: binding.TF_ATTR_STRING, value: padding },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'use_cudnn_on_gpu', type: binding.TF_ATTR_BOOL, value: true },
    { name: 'dilations', type: integers, value: [1, 1, 1, 1] },
  ];
  if (padding !== 'EXPLICIT') return attributes;
  const sides = [0, 0, top, bottom, left, right, 0, 0];
  return [...attributes, { name: 'explicit_paddings', type: integers, value: sides }];
}
