import type { GraphBuilder } from '../../../../exporter/graph/graph-builder.ts';
import type { Conv2DInfo } from '../tracing-backend.ts';

/**
 * Whether a 3x3 convolution is faster as one matrix product over unfolded patches of the whole batch:
 * on planes of at most 16x16, where onnxruntime's Conv is bound by its many small products a picture.
 * The patches of the forward pass serve the filter gradient again.
 */
export function isSmallPlane(info: Conv2DInfo): boolean {
  const { padInfo: pad } = info;
  return (
    info.strideHeight === 1 &&
    info.strideWidth === 1 &&
    info.filterHeight === 3 &&
    info.filterWidth === 3 &&
    [pad.top, pad.bottom, pad.left, pad.right].every((zeros) => zeros === 1) &&
    info.outHeight * info.outWidth <= 256 &&
    Math.min(info.inChannels, info.outChannels) >= 16 &&
    info.batchSize >= 8
  );
}

/**
 * The patches under a 3x3 kernel as a matrix: [C,H,W,N] to [C*9, H*W*N]. Rows run by channel, then
 * tap, so that [O,C,3,3] filters are the other factor as they lie.
 */
export function columns(
  builder: GraphBuilder,
  input: string,
  channels: number,
  { batchSize, outHeight, outWidth }: Conv2DInfo,
): string {
  const positions = batchSize * outHeight * outWidth;
  const padded = builder.node('Pad', [input, builder.int64([0, 1, 1, 0, 0, 1, 1, 0])]);
  const taps = [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) => {
      const start = builder.int64([row, column]);
      const end = builder.int64([row + outHeight, column + outWidth]);
      const window = builder.node('Slice', [padded, start, end, builder.int64([1, 2])]);
      return builder.node('Reshape', [window, builder.int64([channels, 1, positions])]);
    }),
  );
  const stacked = builder.node('Concat', taps, { axis: 1 });
  return builder.node('Reshape', [stacked, builder.int64([channels * 9, positions])]);
}
