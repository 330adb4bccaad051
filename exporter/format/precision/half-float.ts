const scratch = new Float32Array(1);
const bitsOfScratch = new Uint32Array(scratch.buffer);

/** Narrows float32 to IEEE 754 binary16, as raw bits, rounding to the nearest and ties to even. */
export function narrowToHalf(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, halfBits);
}

function halfBits(value: number): number {
  scratch[0] = value;
  const bits = bitsOfScratch[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = Math.abs(scratch[0]);
  if (Number.isNaN(value)) return sign | 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  // Below the least normal half, 2^-14, halves are multiples of 2^-24; above, of 2^-10 of their power of two.
  const exponent = magnitude < 2 ** -14 ? -14 : ((bits >>> 23) & 0xff) - 127;
  const units = roundToEven(magnitude / 2 ** (exponent - 10));
  return sign | (((exponent + 14) << 10) + units);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest > 0.5 || (rest === 0.5 && floor % 2 === 1)) return floor + 1;
  return floor;
}
