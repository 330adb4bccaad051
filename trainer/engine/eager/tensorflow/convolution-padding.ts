import type { backend_util } from '@tensorflow/tfjs';

type Conv2DInfo = backend_util.Conv2DInfo;

/** Zeros at the top, bottom, left and right of every plane. */
export type Sides = readonly [top: number, bottom: number, left: number, right: number];

/** How one of TensorFlow's convolution ops is told to pad. */
export interface OpPadding {
  readonly padding: 'SAME' | 'VALID' | 'EXPLICIT';
  /** What the op pads where `padding` is EXPLICIT, else zeros. */
  readonly explicit: Sides;
  /** What has to be padded before the op, or null. */
  readonly before: Sides | null;
}

const NONE: Sides = [0, 0, 0, 0];

/**
 * The padding of a convolution as its op is fastest. TensorFlow hands convolutions with explicit padding
 * to Eigen instead of oneDNN on a CPU, several times slower: SAME where that pads alike, else zeros laid
 * around the pictures first. cuDNN takes explicit padding as it is.
 */
export function opPadding(info: Conv2DInfo, gpu: boolean): OpPadding {
  const { type, top, bottom, left, right } = info.padInfo;
  if (type === 'SAME' || type === 'VALID') return { padding: type, explicit: NONE, before: null };
  const sides: Sides = [top, bottom, left, right];
  if (gpu) return { padding: 'EXPLICIT', explicit: sides, before: null };
  if (sides.every((side, index) => side === sameSides(info)[index])) {
    return { padding: 'SAME', explicit: NONE, before: null };
  }
  return { padding: 'VALID', explicit: NONE, before: sides };
}

/** What TensorFlow pads for SAME: to ceil(length / stride) outputs, the odd zero at the end. */
function sameSides(info: Conv2DInfo): Sides {
  const [top, bottom] = sameEnds(info.inHeight, info.filterHeight, info.strideHeight);
  const [left, right] = sameEnds(info.inWidth, info.filterWidth, info.strideWidth);
  return [top, bottom, left, right];
}

function sameEnds(length: number, filter: number, stride: number): [number, number] {
  const outputs = Math.ceil(length / stride);
  const total = Math.max((outputs - 1) * stride + filter - length, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}
