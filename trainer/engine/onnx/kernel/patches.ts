import type { GraphBuilder } from '../../../../exporter/graph/graph-builder.ts';
import type { Conv2DInfo } from '../tracing-backend.ts';

/** Convolution of [H,W,I,N] with [O,I,kh,kw] filters as one product a pixel. @returns [H',W',O,N] */
export function patchConvolution(
  builder: GraphBuilder,
  info: Conv2DInfo,
  x: string,
  weights: string,
): string {
  const { outChannels, outHeight, outWidth, batchSize } = info;
  const matrix = builder.node('Reshape', [
    builder.node('Transpose', [weights], { perm: [0, 2, 3, 1] }),
    builder.int64([outChannels, patchSize(info)]),
  ]);
  const product = builder.node('MatMul', [matrix, patches(builder, info, x)]);
  const shape = builder.int64([outHeight, outWidth, outChannels, batchSize]);
  return builder.node('Reshape', [product, shape]);
}

/** The gradient [O,I,kh,kw] of `patchConvolution` with respect to its filters, for dy [H',W',O,N]. */
export function patchFilterGradient(
  builder: GraphBuilder,
  info: Conv2DInfo,
  x: string,
  dy: string,
): string {
  const { inChannels, outChannels, outHeight, outWidth, batchSize } = info;
  const pixels = builder.node('Reshape', [
    dy,
    builder.int64([outHeight * outWidth, outChannels, batchSize]),
  ]);
  const turned = builder.node('Transpose', [patches(builder, info, x)], { perm: [0, 2, 1] });
  const products = builder.node('MatMul', [pixels, turned]);
  const sum = builder.node('ReduceSum', [products, builder.int64([0])], { keepdims: 0 });
  const taps = builder.node('Reshape', [
    sum,
    builder.int64([outChannels, info.filterHeight, info.filterWidth, inChannels]),
  ]);
  return builder.node('Transpose', [taps], { perm: [0, 3, 1, 2] });
}

const patchSize = (info: Conv2DInfo) => info.filterHeight * info.filterWidth * info.inChannels;

/** The inputs under the kernel at each pixel: [H,W,I,N] to [H'*W', kh*kw*I, N], whole pixels moved. */
function patches(builder: GraphBuilder, info: Conv2DInfo, x: string): string {
  const { inHeight, inWidth, outHeight, outWidth, batchSize, padInfo } = info;
  const pixels = inHeight * inWidth;
  const size = info.inChannels * batchSize;
  const flat = builder.node('Reshape', [x, builder.int64([pixels, size])]);
  const padding = builder.node('Expand', [builder.filled(0, 1), builder.int64([1, size])]);
  const padded = builder.node('Concat', [flat, padding], { axis: 0 });
  const sources: number[] = [];
  for (let position = 0; position < outHeight * outWidth; position++) {
    const top = Math.floor(position / outWidth) * info.strideHeight - padInfo.top;
    const left = (position % outWidth) * info.strideWidth - padInfo.left;
    for (let tap = 0; tap < info.filterHeight * info.filterWidth; tap++) {
      const row = top + Math.floor(tap / info.filterWidth);
      const column = left + (tap % info.filterWidth);
      const inside = row >= 0 && row < inHeight && column >= 0 && column < inWidth;
      sources.push(inside ? row * inWidth + column : pixels);
    }
  }
  const moved = builder.node('Gather', [padded, builder.int64(sources)], { axis: 0 });
  return builder.node('Reshape', [
    moved,
    builder.int64([outHeight * outWidth, patchSize(info), batchSize]),
  ]);
}
