import type { HostTensor } from '../network/weights.ts';

/**
 * The ridge, as a share of the mean of the diagonal. Of a thousandth as of a hundred-thousandth, edits harm
 * other pictures about as little, if some thousand pictures gave the curvature; of a tenth twice as much.
 */
const RIDGE = 1e-3;

/**
 * (C + ridge I)^-1 of a curvature, by Cholesky's decomposition in double precision.
 * @param curvature symmetric and not negative, [F,F]; see `secondMoment`
 * @returns [F,F]
 */
export function inverseCurvature({ shape, data }: HostTensor): HostTensor {
  const size = shape[0]!;
  const inverse = invertedLower(decompose(data, size), size);
  const result = new Float32Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = 0;
      for (let k = row; k < size; k++)
        sum += inverse[k * size + row]! * inverse[k * size + column]!;
      result[row * size + column] = sum;
      result[column * size + row] = sum;
    }
  }
  return { shape, data: result };
}

/** The lower triangle L of C + ridge I = L L^T. */
function decompose(data: Float32Array, size: number): Float64Array {
  let trace = 0;
  for (let index = 0; index < size; index++) trace += data[index * size + index]!;
  const ridge = (RIDGE * trace) / size || 1;
  const lower = Float64Array.from(data);
  for (let row = 0; row < size; row++) {
    const start = row * size;
    lower[start + row]! += ridge;
    for (let column = 0; column <= row; column++) {
      const other = column * size;
      let rest = lower[start + column]!;
      for (let k = 0; k < column; k++) rest -= lower[start + k]! * lower[other + k]!;
      lower[start + column] = column === row ? Math.sqrt(rest) : rest / lower[other + column]!;
    }
  }
  return lower;
}

/** L^-1, lower as well. */
function invertedLower(lower: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    const start = row * size;
    const target = inverse.subarray(start, start + size);
    for (let k = 0; k < row; k++) {
      const factor = lower[start + k]!;
      const other = k * size;
      for (let column = 0; column <= k; column++)
        target[column]! -= factor * inverse[other + column]!;
    }
    const diagonal = lower[start + row]!;
    for (let column = 0; column < row; column++) target[column]! /= diagonal;
    target[row] = 1 / diagonal;
  }
  return inverse;
}
