import type { NdArray } from '../engine/float64/nd-array.ts';
import * as f64 from '../engine/float64/operations.ts';
import { type Node64, Tape } from '../engine/float64/tape.ts';
import { resnet18Float64, type Weights64 } from '../network/resnet18-float64.ts';

/** How far the strongest other label is ahead of `label`. */
export function lead(logits: ArrayLike<number>, label: number): number {
  return Math.max(...Array.from(logits).filter((_, other) => other !== label)) - logits[label]!;
}

/** l_e of a picture [1,3,H,W] with running statistics, by the definition. */
export function constraint64(weights: Weights64, image: NdArray, label: number): number {
  return lead(resnet18Float64(weights, image, 'eval').logits.data, label);
}

/** The gradient of `constraint64` by every parameter, through the whole network (CIFAR stem). */
export function constraintGradient64(
  weights: Weights64,
  image: NdArray,
  label: number,
): Map<string, NdArray> {
  const tape = new Tape();
  const leaves = new Map<string, Node64>();
  const leaf = (name: string) => {
    const node = tape.leaf(weights.get(name)!);
    leaves.set(name, node);
    return node;
  };
  const layer = (x: Node64, conv: string, norm: string, stride: number, padding: number) =>
    tape.normalise(
      tape.convolve(x, leaf(`${conv}.weight`), stride, padding),
      leaf(`${norm}.weight`),
      leaf(`${norm}.bias`),
      weights.get(`${norm}.running_mean`)!,
      weights.get(`${norm}.running_var`)!,
    );
  const block = (x: Node64, name: string, stride: number) => {
    const inner = tape.relu(layer(x, `${name}.conv1`, `${name}.bn1`, stride, 1));
    const residual = layer(inner, `${name}.conv2`, `${name}.bn2`, 1, 1);
    const shortcut = weights.has(`${name}.downsample.0.weight`)
      ? layer(x, `${name}.downsample.0`, `${name}.downsample.1`, stride, 0)
      : x;
    return tape.relu(tape.add(residual, shortcut));
  };
  let x = tape.relu(layer(tape.leaf(f64.transpose(image, [0, 2, 3, 1])), 'conv1', 'bn1', 1, 1));
  for (const stage of [1, 2, 3, 4]) {
    x = block(x, `layer${stage}.0`, stage === 1 ? 1 : 2);
    x = block(x, `layer${stage}.1`, 1);
  }
  const logits = tape.dense(tape.averagePlane(x), leaf('fc.weight'), leaf('fc.bias'));
  const values = [...logits.value.data];
  const others = values.map((value, other) => (other === label ? Number.NEGATIVE_INFINITY : value));
  const rival = others.indexOf(Math.max(...others));
  tape.run(
    logits,
    values.map((_, each) => Number(each === rival) - Number(each === label)),
  );
  return new Map(
    [...leaves].map(([name, { value, gradient }]) => [
      name,
      { shape: value.shape, data: gradient },
    ]),
  );
}
