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
    const { x, dy } = inputs as { x: tf.Tensor4D; dy: tf.TensorInfo };
    const attributes = attrs as unknown as tf.Conv2DBackpropFilterAttrs;
    const info = convolutionInfo(x.shape, attributes.filterShape, attributes);
    const native = backend as unknown as NativeBackend;
    if (isSubsampling(info)) return subsampledFilterGradient(native, x, dy, info);
    return filterGradient(native, x, dy, info);
  });
}

function filterGradient(
  native: NativeBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  info: Conv2DInfo,
): tf.TensorInfo {
  return withSizes(info.filterShape, (sizes) =>
    native.executeSingleOutput(tf.Conv2DBackpropFilter, opAttributes(native, info), [x, sizes, dy]),
  );
}

/** Whether the convolution reads every `stride`-th pixel and no other. */
function isSubsampling({
  filterHeight,
  filterWidth,
  strideHeight,
  strideWidth,
  padInfo,
}: Conv2DInfo) {
  const onePixel = filterHeight === 1 && filterWidth === 1 && padInfo.type !== 'EXPLICIT';
  return onePixel && strideHeight * strideWidth > 1;
}

/**
 * The filter gradient on the pixels that the convolution reads, at stride 1. At its own stride, the
 * oneDNN of TensorFlow 2.21 writes out of bounds for a single picture of few channels.
 */
function subsampledFilterGradient(
  native: NativeBackend,
  x: tf.Tensor4D,
  dy: tf.TensorInfo,
  { filterShape, strideHeight, strideWidth }: Conv2DInfo,
): tf.TensorInfo {
  const strides = [1, strideHeight, strideWidth, 1];
  const pixels = tf.stridedSlice(x, [0, 0, 0, 0], x.shape, strides);
  const atStrideOne = { strides: 1, pad: 'valid' as const };
  const gradient = filterGradient(
    native,
    pixels,
    dy,
    convolutionInfo(pixels.shape, filterShape, atStrideOne),
  );
  pixels.dispose();
  return gradient;
}

function replaceKernel(kernelName: string, kernelFunc: tf.KernelFunc): void {
  if (tf.getKernel(kernelName, NATIVE_BACKEND)) tf.unregisterKernel(kernelName, NATIVE_BACKEND);
  tf.registerKernel({ kernelName, backendName: NATIVE_BACKEND, kernelFunc });
}

type ConvolutionAttributes = Pick<tf.Conv2DBackpropFilterAttrs, 'pad'> & {
  strides: number | [number, number];
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

function convolutionInfo(
  inputShape: number[],
  filterShape: number[],
  { strides, pad, dimRoundingMode }: ConvolutionAttributes,
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
