import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../network/convolution-layer.ts';
import type { Term } from './objective.ts';

/** A loss, and its gradients, one for each learned parameter in their order. */
export interface LossGradients<Gradient = tf.Tensor> {
  readonly loss: tf.Scalar;
  readonly gradients: readonly Gradient[];
}

/** Of some terms: a parameter that none of them uses has no gradient. */
type SomeGradients = LossGradients<tf.Tensor | null>;

/**
 * The sum of terms, derived one after the other: what one keeps for its backward pass is gone before the
 * next is computed, so that a step needs the memory of its largest term and not that of all.
 * @param learned the parameters to derive by
 * @param constants what else the terms find among the parameters
 * @throws RangeError where no term uses one of the parameters
 */
export function lossGradients(
  terms: readonly Term[],
  learned: NamedTensors,
  constants: NamedTensors,
): LossGradients {
  const parameters = { ...constants, ...learned };
  let sum: SomeGradients | null = null;
  for (const term of terms) {
    const one: SomeGradients = derived(term, parameters, Object.values(learned), sum);
    sum = sum ? added(sum, one) : one;
  }
  const { loss, gradients } = sum!;
  const all = Object.keys(learned).map((name, index) => {
    const gradient = gradients[index];
    if (!gradient) throw new RangeError(`The loss does not depend on ${name}.`);
    return gradient;
  });
  return { loss, gradients: all };
}

function derived(
  term: Term,
  parameters: NamedTensors,
  learned: tf.Tensor[],
  before: SomeGradients | null,
): SomeGradients {
  const nothing = before && nothingOf(before);
  // tf.valueAndGrads refuses a function that does not use every parameter.
  const { value, grads } = tf
    .engine()
    .gradients(
      () => term(parameters, (pictures) => (nothing ? tf.add(pictures, nothing) : pictures)),
      learned,
    );
  return { loss: value, gradients: grads.map((gradient) => gradient ?? null) };
}

/**
 * 0, by an expression that needs all gradients: an engine that orders operations by what they need would
 * else begin with the next term while the one before waits for its backward pass.
 */
function nothingOf({ gradients }: SomeGradients): tf.Tensor {
  const sums = gradients.flatMap((gradient) => (gradient ? [tf.sum(gradient)] : []));
  const sum = tf.addN(sums);
  return tf.sub(sum, sum);
}

function added(one: SomeGradients, other: SomeGradients): SomeGradients {
  const gradients = one.gradients.map((gradient, index) => {
    const further = other.gradients[index] ?? null;
    if (!gradient || !further) return gradient ?? further;
    const sum = tf.add(gradient, further);
    tf.dispose([gradient, further]);
    return sum;
  });
  return { loss: tf.add(one.loss, other.loss), gradients };
}
