import { addScaled, type NdArray } from './nd-array.ts';

export type Scalar = (...operands: NdArray[]) => number;

const along = (operands: NdArray[], direction: NdArray[], factor: number) =>
  operands.map((operand, index) => addScaled(operand, direction[index]!, factor));

/** `<gradient of f, v>` by a central difference. */
export function firstDerivative(f: Scalar, x: NdArray[], v: NdArray[], step = 1e-4): number {
  return (f(...along(x, v, step)) - f(...along(x, v, -step))) / (2 * step);
}

/** `u' H v`, with H the second derivatives of f, by a central difference in both directions. */
export function secondDerivative(
  f: Scalar,
  x: NdArray[],
  u: NdArray[],
  v: NdArray[],
  step = 1e-4,
): number {
  const derivative = (at: NdArray[]) => firstDerivative(f, at, u, step);
  return (derivative(along(x, v, step)) - derivative(along(x, v, -step))) / (2 * step);
}

/** The whole gradient of f, element by element. */
export function gradient(f: Scalar, operands: NdArray[], step = 1e-5): NdArray[] {
  return operands.map((operand, index) => {
    const data = operand.data.map((_, position) => {
      const moved = (factor: number) => {
        const shifted = Float64Array.from(operand.data);
        shifted[position] = shifted[position]! + factor;
        return f(...operands.with(index, { shape: operand.shape, data: shifted }));
      };
      return (moved(step) - moved(-step)) / (2 * step);
    });
    return { shape: operand.shape, data };
  });
}
