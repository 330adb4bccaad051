import type { TensorInfo } from '@tensorflow/tfjs';
import type { GraphBuilder } from '../../../../exporter/graph/graph-builder.ts';
import { CNHW, HWCN, OIHW } from '../layout.ts';
import { materialise } from '../materialise.ts';
import { namedValue } from '../traced-value.ts';
import type { Conv2DInfo } from '../tracing-backend.ts';
import { convolutionInfo } from './convolution.ts';
import { convolutionMethod } from './convolution-method.ts';
import { defineKernel } from './kernel.ts';
import { patchFilterGradient } from './patches.ts';
import { winogradFilterGradient } from './winograd.ts';

/** How the gradient with respect to the filter [O,I,kh,kw] is computed from x and dy. */
type FilterGradient = (builder: GraphBuilder, info: Conv2DInfo, x: string, dy: string) => string;

/**
 * One product over [C,N,H,W] that unfolds the kernel's columns in x and its rows in dy, 3 shifts each instead of 9 in
 * one of them: a third of the memory traffic. Its result has to be transposed.
 */
const splitShifts: FilterGradient = (builder, info, x, dy) => {
  const { inChannels, outChannels, batchSize, outHeight, outWidth } = info;
  const positions = batchSize * outHeight * outWidth;
  const shifted = (source: string, axis: number, length: number, offsets: readonly number[]) => {
    const pads = Array.from({ length: 8 }, (_, index) => (index % 4 === axis ? 1 : 0));
    const padded = builder.node('Pad', [source, builder.int64(pads)]);
    const windows = offsets.map((offset) =>
      builder.node('Slice', [
        padded,
        builder.int64([offset]),
        builder.int64([offset + length]),
        builder.int64([axis]),
      ]),
    );
    return builder.node('Concat', windows, { axis: 0 });
  };
  const byColumn = builder.node('Reshape', [
    shifted(x, 3, outWidth, [0, 1, 2]),
    builder.int64([3 * inChannels, positions]),
  ]);
  const byRow = builder.node('Reshape', [
    shifted(dy, 2, outHeight, [2, 1, 0]),
    builder.int64([3 * outChannels, positions]),
  ]);
  const product = builder.node('Gemm', [byRow, byColumn], { transB: 1 });
  const taps = builder.node('Reshape', [product, builder.int64([3, outChannels, 3, inChannels])]);
  return builder.node('Transpose', [taps], { perm: [1, 3, 0, 2] });
};

/**
 * One product over strided windows of [C,N,H,W], for every kernel size, stride and padding. Stacked within each
 * channel, the windows give the filter's own order.
 */
const overWindows: FilterGradient = (builder, info, x, dy) => {
  const { inChannels, outChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const { filterHeight, filterWidth, padInfo: pad } = info;
  const positions = info.batchSize * outHeight * outWidth;
  const pads = [0, 0, pad.top, pad.left, 0, 0, pad.bottom, pad.right];
  const padded = pads.some((zeros) => zeros > 0)
    ? builder.node('Pad', [x, builder.int64(pads)])
    : x;
  const windows: string[] = [];
  for (let row = 0; row < filterHeight; row++) {
    for (let column = 0; column < filterWidth; column++) {
      windows.push(
        builder.node('Slice', [
          padded,
          builder.int64([row, column]),
          builder.int64([
            row + (outHeight - 1) * strideHeight + 1,
            column + (outWidth - 1) * strideWidth + 1,
          ]),
          builder.int64([2, 3]),
          builder.int64([strideHeight, strideWidth]),
        ]),
      );
    }
  }
  const stacked = windows.length > 1 ? builder.node('Concat', windows, { axis: 1 }) : windows[0]!;
  const patches = builder.node('Reshape', [
    stacked,
    builder.int64([inChannels * windows.length, positions]),
  ]);
  const matrix = builder.node('Reshape', [dy, builder.int64([outChannels, positions])]);
  const product = builder.node('Gemm', [matrix, patches], { transB: 1 });
  return builder.node('Reshape', [
    product,
    builder.int64([outChannels, inChannels, filterHeight, filterWidth]),
  ]);
};

/** Positions an output channel from which on unfolding 9 shifts costs more than transposing the filter. */
const MANY_POSITIONS = 8;

/** What is fastest where the convolution itself is an ONNX Conv. */
function direct(info: Conv2DInfo): FilterGradient {
  const { padInfo: pad } = info;
  const shiftable =
    info.filterHeight === 3 &&
    info.filterWidth === 3 &&
    info.strideHeight === 1 &&
    info.strideWidth === 1 &&
    [pad.top, pad.bottom, pad.left, pad.right].every((zeros) => zeros === 1);
  const { inChannels, outChannels, batchSize, outHeight, outWidth } = info;
  const many = batchSize * outHeight * outWidth >= MANY_POSITIONS * outChannels;
  return shiftable && inChannels >= 16 && many ? splitShifts : overWindows;
}

export function registerFilterGradientKernel(): void {
  defineKernel('Conv2DBackpropFilter', ({ inputs, attributes, backend }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const filterShape = attributes.filterShape as number[];
    const info = convolutionInfo(x.shape, filterShape, attributes);
    const method = convolutionMethod(backend, info);
    const layout = method === 'direct' ? CNHW : HWCN;
    const [input, gradient] = [x, dy].map((tensor) =>
      materialise(backend.builder, backend.traced(tensor), layout),
    );
    const compute = {
      direct: direct(info),
      winograd: winogradFilterGradient,
      patches: patchFilterGradient,
    }[method];
    const name = compute(backend.builder, info, input!, gradient!);
    return backend.tensorOf(namedValue(filterShape, OIHW, name));
  });
}
