import * as tf from '@tensorflow/tfjs';
import { opPadding, type Sides } from './convolution-padding.ts';
import { defineNativeKernel } from './kernel.ts';
import type { NativeBackend, OpAttribute } from './native-backend.ts';

type Conv2DInfo = tf.backend_util.Conv2DInfo;
type Shape4D = [number, number, number, number];

/**
 * Replaces the native package's kernels for a convolution and its two gradients: TensorFlow's ops take
 * explicit padding, but the gradients' kernels of tfjs-node 4.22 refuse it, and on a CPU it keeps oneDNN
 * from computing. Layout NHWC, filters [H,W,I,O].
 */
export function registerConvolutionKernels(): void {
  defineNativeKernel(tf.Conv2D, ({ inputs, attributes, backend }) => {
    const { x, filter } = inputs as { x: tf.TensorInfo; filter: tf.TensorInfo };
    const plan = convolutionPlan(backend, x.shape, filter.shape, attributes);
    return withPadded(x, plan.before, (padded) =>
      backend.executeSingleOutput(tf.Conv2D, plan.attributes, [padded, filter]),
    );
  });
  defineNativeKernel(tf.Conv2DBackpropInput, ({ inputs, attributes, backend }) => {
    const { dy, filter } = inputs as { dy: tf.TensorInfo; filter: tf.TensorInfo };
    const inputShape = attributes.inputShape as number[];
    const plan = convolutionPlan(backend, inputShape, filter.shape, attributes);
    return inputGradient(backend, dy, filter, inputShape, plan);
  });
  defineNativeKernel(tf.Conv2DBackpropFilter, ({ inputs, attributes, backend }) => {
    const { x, dy } = inputs as { x: tf.TensorInfo; dy: tf.TensorInfo };
    const filterShape = attributes.filterShape as number[];
    const plan = convolutionPlan(backend, x.shape, filterShape, attributes);
    if (isSubsampling(plan.info)) {
      return subsampledFilterGradient(backend, x, dy, plan.info);
    }
    return filterGradient(backend, x, dy, filterShape, plan);
  });
}

/** How an op is called for a convolution. */
interface ConvolutionPlan {
  readonly info: Conv2DInfo;
  readonly attributes: OpAttribute[];
  /** What has to be padded before the op, or null. */
  readonly before: Sides | null;
}

function convolutionPlan(
  { binding, isUsingGpuDevice }: NativeBackend,
  inputShape: number[],
  filterShape: number[],
  attributes: Record<string, unknown>,
): ConvolutionPlan {
  const { strides, pad, dilations, dimRoundingMode } = attributes as unknown as tf.Conv2DAttrs;
  const info = tf.backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations ?? 1,
    pad as number | tf.backend_util.ExplicitPadding,
    dimRoundingMode,
  );
  const { padding, explicit, before } = opPadding(info, isUsingGpuDevice);
  const [top, bottom, left, right] = explicit;
  const integers = binding.TF_ATTR_INT;
  const text = binding.TF_ATTR_STRING;
  const ops: OpAttribute[] = [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'strides', type: integers, value: [1, info.strideHeight, info.strideWidth, 1] },
    { name: 'padding', type: text, value: padding },
    { name: 'data_format', type: text, value: 'NHWC' },
    { name: 'use_cudnn_on_gpu', type: binding.TF_ATTR_BOOL, value: true },
    { name: 'dilations', type: integers, value: [1, info.dilationHeight, info.dilationWidth, 1] },
  ];
  if (padding === 'EXPLICIT') {
    const value = [0, 0, top, bottom, left, right, 0, 0];
    ops.push({ name: 'explicit_paddings', type: integers, value });
  }
  return { info, attributes: ops, before };
}

function inputGradient(
  backend: NativeBackend,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  inputShape: number[],
  { attributes, before }: ConvolutionPlan,
): tf.TensorInfo {
  const [batch, height, width, channels] = inputShape as Shape4D;
  const [top, bottom, left, right] = before ?? [0, 0, 0, 0];
  const shape = [batch, height + top + bottom, width + left + right, channels];
  const gradient = withSizes(shape, (sizes) =>
    backend.executeSingleOutput(tf.Conv2DBackpropInput, attributes, [sizes, filter, dy]),
  );
  if (!before) return gradient;
  const inside = tf.slice(gradient as tf.Tensor4D, [0, top, left, 0], inputShape as Shape4D);
  (gradient as tf.Tensor).dispose();
  return inside;
}

function filterGradient(
  backend: NativeBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  filterShape: number[],
  { attributes, before }: ConvolutionPlan,
): tf.TensorInfo {
  return withPadded(x, before, (padded) =>
    withSizes(filterShape, (sizes) =>
      backend.executeSingleOutput(tf.Conv2DBackpropFilter, attributes, [padded, sizes, dy]),
    ),
  );
}

/** Whether the convolution reads every `stride`-th pixel and no other. */
function isSubsampling(info: Conv2DInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const { top, bottom, left, right } = padInfo;
  const onePixel = filterHeight === 1 && filterWidth === 1 && !(top || bottom || left || right);
  return onePixel && strideHeight * strideWidth > 1;
}

/**
 * The filter gradient on the pixels that the convolution reads, at stride 1. At its own stride, the
 * oneDNN of TensorFlow 2.21 writes out of bounds for a single picture of few channels.
 */
function subsampledFilterGradient(
  backend: NativeBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  { filterShape, strideHeight, strideWidth }: Conv2DInfo,
): tf.TensorInfo {
  const strides = [1, strideHeight, strideWidth, 1];
  const pixels = tf.stridedSlice(x as tf.Tensor4D, [0, 0, 0, 0], x.shape, strides);
  const atStrideOne = { strides: 1, pad: 'valid' };
  const plan = convolutionPlan(backend, pixels.shape, filterShape, atStrideOne);
  const gradient = filterGradient(backend, pixels, dy, filterShape, plan);
  pixels.dispose();
  return gradient;
}

function withPadded(
  x: tf.TensorInfo,
  sides: Sides | null,
  work: (padded: tf.TensorInfo) => tf.TensorInfo,
): tf.TensorInfo {
  if (!sides) return work(x);
  const [top, bottom, left, right] = sides;
  const padded = tf.pad(x as tf.Tensor4D, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
  const result = work(padded);
  padded.dispose();
  return result;
}

function withSizes(sizes: number[], work: (sizes: tf.Tensor) => tf.TensorInfo): tf.TensorInfo {
  const tensor = tf.tensor1d(sizes, 'int32');
  const result = work(tensor);
  tensor.dispose();
  return result;
}
