import type { Conv2DInfo, TracingBackend } from '../tracing-backend.ts';
import { winograd } from './winograd.ts';

/**
 * How a convolution and its gradients are computed: `direct` by ONNX's Conv over [N,C,H,W]; by
 * `winograd` or over unfolded `patches` as matrix products over [H,W,C,N].
 */
export type ConvolutionMethod = 'direct' | 'winograd' | 'patches';

/** Pictures that fill the matrix products of a pixel; below that, filters outweigh the activations. */
const LEAST_BATCH = 32;
const LARGEST_PLANE = 32 * 32;
/** Of the products of the plain sum: transforming takes time of its own. */
const WORTHWHILE = 0.75;

/** The method that is fastest on onnxruntime's CPU kernels; `direct` where the graph is to be plain. */
export function convolutionMethod(backend: TracingBackend, info: Conv2DInfo): ConvolutionMethod {
  const { inChannels, outChannels, outHeight, outWidth } = info;
  const pixels = outHeight * outWidth;
  if (!backend.manner.fastConvolutions || info.batchSize < LEAST_BATCH || pixels > LARGEST_PLANE) {
    return 'direct';
  }
  // A forward pass alone has no gradients that would use its transformed inputs again.
  const channels = backend.derives ? 16 : 64;
  if (outChannels < channels) return 'direct';
  if (inChannels < 16) return 'patches';
  return Math.min(inChannels, outChannels) >= channels && shareOfProducts(info) <= WORTHWHILE
    ? 'winograd'
    : 'direct';
}

/** Products that Winograd's algorithm takes, of those of the plain sum. */
function shareOfProducts(info: Conv2DInfo): number {
  const { rows, columns } = winograd(info);
  const products = rows.points * rows.tiles * columns.points * columns.tiles;
  const plain = info.outHeight * info.outWidth * info.filterHeight * info.filterWidth;
  // A kernel of one tap, strided or not, transforms nothing but picks its inputs.
  return plain === products && info.filterHeight * info.filterWidth === 1 ? 0 : products / plain;
}
