import { addScaled, dot, type NdArray } from '../engine/float64/nd-array.ts';
import type { Weights64 } from '../network/resnet18-float64.ts';

/** The derivative of a function of the weights along a direction, by central differences. */
export function slopeAlong(
  direction: ReadonlyMap<string, NdArray>,
  at: Weights64,
  objective: (weights: Weights64) => number,
): number {
  const moved = (by: number) =>
    new Map([
      ...at,
      ...[...direction].map(
        ([name, along]) => [name, addScaled(at.get(name)!, along, by)] as const,
      ),
    ]);
  return (objective(moved(1e-6)) - objective(moved(-1e-6))) / 2e-6;
}

/** The inner product of a direction with the step from some weights to others. */
export function stepAlong(
  direction: ReadonlyMap<string, NdArray>,
  from: Weights64,
  to: Weights64,
): number {
  return [...direction].reduce(
    (sum, [name, { data }]) =>
      sum + dot(data, to.get(name)!.data) - dot(data, from.get(name)!.data),
    0,
  );
}
