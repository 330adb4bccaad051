import { backend_util, type TensorInfo } from '@tensorflow/tfjs';
import type { GraphBuilder } from '../../../../exporter/graph/graph-builder.ts';
import { elementCount } from '../../shape.ts';
import { HWCN, NCHW, OIHW } from '../layout.ts';
import { materialise } from '../materialise.ts';
import { namedValue } from '../traced-value.ts';
import type { Conv2DInfo, TracingBackend } from '../tracing-backend.ts';
import { add } from './arithmetic.ts';
import { convolutionMethod } from './convolution-method.ts';
import { defineKernel, type KernelCall } from './kernel.ts';
import { patchConvolution } from './patches.ts';
import { winogradConvolution, winogradInputGradient } from './winograd.ts';

/** Shapes, strides and padding of a convolution, from the attributes of its TensorFlow.js kernel. */
export function convolutionInfo(
  inputShape: readonly number[],
  filterShape: readonly number[],
  attributes: KernelCall['attributes'],
): Conv2DInfo {
  return backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attributes.strides as [number, number],
    (attributes.dilations as [number, number] | undefined) ?? 1,
    attributes.pad as 'valid',
    attributes.dimRoundingMode as 'floor' | undefined,
    false,
    'channelsLast',
  );
}

/** The attributes of the ONNX Conv or ConvTranspose that `info` describes. */
export function convolutionAttributes({ padInfo, ...info }: Conv2DInfo) {
  return {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    pads: [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right],
  };
}

function convolution({ inputs, attributes, backend }: KernelCall): TensorInfo {
  const { x, filter, bias } = inputs as { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo };
  const { builder } = backend;
  const info = convolutionInfo(x.shape, filter.shape, attributes);
  const weights = materialise(builder, backend.traced(filter), OIHW);
  const method = convolutionMethod(backend, info);
  if (method !== 'direct') {
    const compute = method === 'winograd' ? winogradConvolution : patchConvolution;
    const name = compute(builder, info, materialise(builder, backend.traced(x), HWCN), weights);
    const result = backend.tensorOf(namedValue(info.outShape, HWCN, name));
    return bias ? add({ inputs: { a: result, b: bias }, attributes: {}, backend }) : result;
  }
  const operands = [materialise(builder, backend.traced(x), NCHW), weights];
  if (bias) operands.push(materialise(builder, backend.traced(bias)));
  const name = builder.node('Conv', operands, convolutionAttributes(info));
  return backend.tensorOf(namedValue(info.outShape, NCHW, name));
}

/**
 * The gradient with respect to the input: a transposed convolution, or, where strides leave no gaps and the
 * filters are smaller than what they slide over, a convolution with them flipped and transposed.
 */
function inputGradient({ inputs, attributes, backend }: KernelCall): TensorInfo {
  const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
  const { builder } = backend;
  const info = convolutionInfo(attributes.inputShape as number[], filter.shape, attributes);
  const weights = materialise(builder, backend.traced(filter), OIHW);
  const named = (layout: string, name: string) =>
    backend.tensorOf(namedValue(info.inShape, layout, name));
  if (convolutionMethod(backend, info) === 'winograd') {
    const gradient = materialise(builder, backend.traced(dy), HWCN);
    return named(HWCN, winogradInputGradient(builder, info, gradient, weights));
  }
  const dense = info.strideHeight === 1 && info.strideWidth === 1;
  if (dense && elementCount(filter.shape) < elementCount(dy.shape)) {
    const flipped = flippedFilter(builder, weights, info);
    const { filterHeight: height, filterWidth: width, padInfo } = info;
    const name = builder.node('Conv', [materialise(builder, backend.traced(dy), NCHW), flipped], {
      kernel_shape: [height, width],
      pads: [
        height - 1 - padInfo.top,
        width - 1 - padInfo.left,
        height - 1 - padInfo.bottom,
        width - 1 - padInfo.right,
      ],
    });
    return named(NCHW, name);
  }
  return named(NCHW, transposedConvolution(backend, dy, weights, info));
}

function transposedConvolution(
  backend: TracingBackend,
  dy: TensorInfo,
  weights: string,
  info: Conv2DInfo,
): string {
  const { padInfo: pad } = info;
  const missing = (input: number, output: number, stride: number, kernel: number, pads: number) =>
    input - ((output - 1) * stride + kernel - pads);
  const rows = pad.top + pad.bottom;
  const columnPads = pad.left + pad.right;
  return backend.builder.node(
    'ConvTranspose',
    [materialise(backend.builder, backend.traced(dy), NCHW), weights],
    {
      ...convolutionAttributes(info),
      output_padding: [
        missing(info.inHeight, info.outHeight, info.strideHeight, info.filterHeight, rows),
        missing(info.inWidth, info.outWidth, info.strideWidth, info.filterWidth, columnPads),
      ],
    },
  );
}

/** [O,I,H,W] filters to [I,O,H,W], both planes reversed. */
function flippedFilter(builder: GraphBuilder, weights: string, info: Conv2DInfo): string {
  const point = info.filterHeight * info.filterWidth === 1;
  const pair = (value: number) => builder.int64([value, value]);
  const end = -Number.MAX_SAFE_INTEGER;
  const reversed = point
    ? weights
    : builder.node('Slice', [weights, pair(-1), pair(end), builder.int64([2, 3]), pair(-1)]);
  return builder.node('Transpose', [reversed], { perm: [1, 0, 2, 3] });
}

export function registerConvolutionKernels(): void {
  defineKernel('Conv2D', convolution);
  defineKernel('Conv2DBackpropInput', inputGradient);
  defineKernel('FusedConv2D', (call) => {
    const result = convolution(call);
    if (call.attributes.activation !== 'relu') return result;
    const { builder } = call.backend;
    const [[layout, name]] = [...call.backend.traced(result).names] as [[string, string]];
    return call.backend.tensorOf(namedValue(result.shape, layout, builder.node('Relu', [name])));
  });
}
