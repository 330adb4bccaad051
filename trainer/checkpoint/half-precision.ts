import { narrowToHalf } from '../../exporter/format/precision/half-float.ts';
import type { Weights } from '../network/weights.ts';

/** Every half as float32, by its bits. */
let halves: Float32Array | null = null;

/** Widens IEEE 754 binary16, given as raw bits, to float32; exact for every value. */
export function widenHalf(bits: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => halfValue(half));
  const widened = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index++) widened[index] = halves[bits[index]!]!;
  return widened;
}

/** Widens bfloat16, given as raw bits, to float32; exact for every value. */
export function widenBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}

/**
 * Whether a weight is stored in half precision where a checkpoint is: filters and matrices. What has one
 * dimension, biases and normalisations, is small, and its range may be wider than a half's.
 */
export function isHalved({ shape }: { readonly shape: readonly number[] }): boolean {
  return shape.length > 1;
}

/** The network that a half-precision checkpoint of these weights holds. */
export function roundToHalf(weights: Weights): Weights {
  return new Map(
    [...weights].map(([name, tensor]) => [
      name,
      isHalved(tensor) ? { ...tensor, data: widenHalf(narrowToHalf(tensor.data)) } : tensor,
    ]),
  );
}

function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
