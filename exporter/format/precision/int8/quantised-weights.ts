/** Weights as bytes: `(byte - ZERO_POINT) * scale of the output channel`. */
export interface QuantisedWeights {
  /** In the order of the weights. */
  readonly bytes: Uint8Array;
  /** [O] */
  readonly scales: Float32Array;
}

/**
 * Unsigned bytes around 128 rather than signed ones: products of signed and unsigned bytes saturate on
 * x86-64 processors without VNNI, and those of unsigned ones do not.
 */
export const ZERO_POINT = 128;
const LARGEST = 127;

/** Quantises weights [O,...] symmetrically, one scale an output channel, which its largest weight sets. */
export function quantiseWeights(data: Float32Array, channels: number): QuantisedWeights {
  const perChannel = data.length / channels;
  const bytes = new Uint8Array(data.length);
  const scales = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const [start, end] = [channel * perChannel, (channel + 1) * perChannel];
    let largest = 0;
    for (let index = start; index < end; index++) {
      largest = Math.max(largest, Math.abs(data[index]!));
    }
    const scale = Math.fround(largest / LARGEST) || 1;
    scales[channel] = scale;
    for (let index = start; index < end; index++) {
      const level = Math.round(data[index]! / scale);
      bytes[index] = ZERO_POINT + Math.max(-LARGEST, Math.min(LARGEST, level));
    }
  }
  return { bytes, scales };
}
