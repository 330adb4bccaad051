import type { GraphBuilder } from '../../../../exporter/graph/graph-builder.ts';
import type { Conv2DInfo } from '../tracing-backend.ts';
import {
  kronecker,
  type LineAlgorithm,
  lineAlgorithm,
  type Matrix,
  transposed,
} from './line-algorithm.ts';

/** A convolution as line algorithms along both axes: products are taken in each pair of their points. */
export interface Winograd {
  readonly rows: LineAlgorithm;
  readonly columns: LineAlgorithm;
}

/** The line algorithms of a convolution, whatever its kernel, strides and padding. */
export function winograd(info: Conv2DInfo): Winograd {
  return {
    rows: lineAlgorithm({
      input: info.inHeight,
      output: info.outHeight,
      taps: info.filterHeight,
      stride: info.strideHeight,
      padding: info.padInfo.top,
    }),
    columns: lineAlgorithm({
      input: info.inWidth,
      output: info.outWidth,
      taps: info.filterWidth,
      stride: info.strideWidth,
      padding: info.padInfo.left,
    }),
  };
}

/**
 * Convolution of [H,W,I,N] with [O,I,kh,kw] filters, as matrix products alone: pixels become points
 * ([points,tiles,points,tiles,I,N]), channels are mixed point by point, and points become pixels. The
 * layout makes every step a product of matrices as they lie. @returns [H',W',O,N]
 */
export function winogradConvolution(
  builder: GraphBuilder,
  info: Conv2DInfo,
  x: string,
  weights: string,
): string {
  const { rows, columns } = winograd(info);
  const mixed = builder.node('MatMul', [
    filterPoints(builder, info, weights),
    inputPoints(builder, info, x),
  ]);
  return alongLines(builder, mixed, rows.output, columns.output, [
    info.outChannels,
    info.batchSize,
  ]);
}

/** The transpose of `winogradConvolution` towards its input: dy [H',W',O,N] to [H,W,I,N]. */
export function winogradInputGradient(
  builder: GraphBuilder,
  info: Conv2DInfo,
  dy: string,
  weights: string,
): string {
  const { rows, columns } = winograd(info);
  const mixed = builder.node('MatMul', [
    swapped(builder, filterPoints(builder, info, weights)),
    gradientPoints(builder, info, dy),
  ]);
  const [height, width] = [transposed(rows.input), transposed(columns.input)];
  return alongLines(builder, mixed, height, width, [info.inChannels, info.batchSize]);
}

/** The transpose towards its filters: x [H,W,I,N] and dy [H',W',O,N] to [O,I,kh,kw]. */
export function winogradFilterGradient(
  builder: GraphBuilder,
  info: Conv2DInfo,
  x: string,
  dy: string,
): string {
  const { rows, columns } = winograd(info);
  const { outChannels, inChannels, filterHeight, filterWidth } = info;
  let products = builder.node('MatMul', [
    gradientPoints(builder, info, dy),
    swapped(builder, inputPoints(builder, info, x)),
  ]);
  // One axis at a time: onnxruntime sums over two that lie apart far more slowly.
  for (const axis of [3, 1]) {
    products = builder.node('ReduceSum', [products, builder.int64([axis])], { keepdims: 0 });
  }
  const points = builder.node('Reshape', [
    products,
    builder.int64([rows.points * columns.points, outChannels * inChannels]),
  ]);
  const taps = builder.matrix(kronecker(rows.filter, columns.filter));
  const gradient = builder.node('Gemm', [points, taps], { transA: 1 });
  const shape = [outChannels, inChannels, filterHeight, filterWidth];
  return builder.node('Reshape', [gradient, builder.int64(shape)]);
}

/** [O,I,kh,kw] to [points,1,points,1,O,I]. */
function filterPoints(builder: GraphBuilder, info: Conv2DInfo, weights: string): string {
  const { rows, columns } = winograd(info);
  const { outChannels, inChannels, filterHeight, filterWidth } = info;
  const taps = builder.node('Reshape', [
    weights,
    builder.int64([outChannels * inChannels, filterHeight * filterWidth]),
  ]);
  const matrix = builder.matrix(kronecker(rows.filter, columns.filter));
  const points = builder.node('Gemm', [matrix, taps], { transB: 1 });
  const shape = [rows.points, 1, columns.points, 1, outChannels, inChannels];
  return builder.node('Reshape', [points, builder.int64(shape)]);
}

/** [H,W,I,N] to [points,tiles,points,tiles,I,N]. */
function inputPoints(builder: GraphBuilder, info: Conv2DInfo, x: string): string {
  const { rows, columns } = winograd(info);
  const { inChannels, batchSize } = info;
  const points = alongLines(builder, x, rows.input, columns.input, [inChannels, batchSize]);
  const shape = [rows.points, rows.tiles, columns.points, columns.tiles, inChannels, batchSize];
  return builder.node('Reshape', [points, builder.int64(shape)]);
}

/** [H',W',O,N] to [points,tiles,points,tiles,O,N]. */
function gradientPoints(builder: GraphBuilder, info: Conv2DInfo, dy: string): string {
  const { rows, columns } = winograd(info);
  const { outChannels, batchSize } = info;
  const [height, width] = [transposed(rows.output), transposed(columns.output)];
  const points = alongLines(builder, dy, height, width, [outChannels, batchSize]);
  const shape = [rows.points, rows.tiles, columns.points, columns.tiles, outChannels, batchSize];
  return builder.node('Reshape', [points, builder.int64(shape)]);
}

/** Multiplies the rows and the columns of a plane of [channels,N] matrices by a matrix each. */
function alongLines(
  builder: GraphBuilder,
  plane: string,
  rows: Matrix,
  columns: Matrix,
  [channels, batch]: readonly [number, number],
): string {
  const [height, width, pixel] = [rows[0]!.length, columns[0]!.length, channels * batch];
  const flat = builder.node('Reshape', [plane, builder.int64([height, width * pixel])]);
  const byRow = builder.node('MatMul', [builder.matrix(rows), flat]);
  const lines = builder.node('Reshape', [byRow, builder.int64([rows.length, width, pixel])]);
  const byColumn = builder.node('MatMul', [builder.matrix(columns), lines]);
  const shape = builder.int64([rows.length, columns.length, channels, batch]);
  return builder.node('Reshape', [byColumn, shape]);
}

/** A stack of matrices, each transposed; onnxruntime makes it part of the product that takes it. */
function swapped(builder: GraphBuilder, stack: string): string {
  return builder.node('Transpose', [stack], { perm: [0, 1, 2, 3, 5, 4] });
}
