/**
 * Unsigned bytes around 128 rather than signed ones: products of signed and unsigned bytes saturate on
 * x86-64 processors without VNNI, and those of unsigned ones do not.
 */
export const ZERO_POINT = 128;
const LARGEST = 127;
/** How much of a channel's largest weight to represent, tried from all of it downwards. */
const KEPT = Array.from({ length: 40 }, (_, index) => 1 - index / 80);

/**
 * The scale of each output channel [O] of weights [O,...]: the one of the least squared error, rounding and
 * clipping together.
 */
export function bestScales(data: Float32Array, channels: number): Float32Array {
  const perChannel = data.length / channels;
  return Float32Array.from({ length: channels }, (_, channel) =>
    bestScale(data.subarray(channel * perChannel, (channel + 1) * perChannel)),
  );
}

/**
 * Weights [O,...] as bytes, symmetrically, in their order: a weight is about
 * `(byte - ZERO_POINT) * scale of the output channel`.
 */
export function quantiseWeights(data: Float32Array, scales: Float32Array): Uint8Array {
  const perChannel = data.length / scales.length;
  const bytes = new Uint8Array(data.length);
  for (const [channel, scale] of scales.entries()) {
    for (let index = channel * perChannel; index < (channel + 1) * perChannel; index++) {
      bytes[index] = ZERO_POINT + levelOf(data[index]!, scale);
    }
  }
  return bytes;
}

function bestScale(weights: Float32Array): number {
  let largest = 0;
  for (let index = 0; index < weights.length; index++) {
    largest = Math.max(largest, Math.abs(weights[index]!));
  }
  let best = { error: Number.POSITIVE_INFINITY, scale: 1 };
  for (const kept of largest > 0 ? KEPT : []) {
    const scale = Math.fround((largest * kept) / LARGEST);
    const error = squaredError(weights, scale, best.error);
    if (error < best.error) best = { error, scale };
  }
  return best.scale;
}

/** Adding it to a number below 2^51 and taking it away again leaves the nearest integer. */
const ROUNDING = 1.5 * 2 ** 52;

/**
 * The error of rounding and clipping, or, where it reaches `bound`, some number from there on. It clips by
 * comparisons, since Math.min and Math.max, which mind NaN and -0, take twice as long in all.
 */
function squaredError(weights: Float32Array, scale: number, bound: number): number {
  const [inverse, limit] = [1 / scale, LARGEST * scale];
  let error = 0;
  for (let index = 0; index < weights.length && error < bound; index++) {
    const weight = weights[index]!;
    let clipped = (weight * inverse + ROUNDING - ROUNDING) * scale;
    if (clipped > limit) clipped = limit;
    else if (clipped < -limit) clipped = -limit;
    error += (clipped - weight) * (clipped - weight);
  }
  return error;
}

function levelOf(weight: number, scale: number): number {
  return Math.max(-LARGEST, Math.min(LARGEST, Math.round(weight / scale)));
}
