import type * as tf from '@tensorflow/tfjs';
import type { Stage } from '../network/architecture.ts';
import type { NamedTensors } from '../network/convolution-layer.ts';

/** The parameters after one step of an editor, and what it carries to the next. */
export interface EditorStep {
  /** Those that it moves. */
  readonly parameters: NamedTensors;
  readonly memory: NamedTensors;
}

/** A scalar of an editor's rule: its value, and what values it may take when it is learned. */
export interface Coefficient {
  readonly value: number;
  /** `positive`: above 0. `fraction`: between 0 and 1, both excluded. */
  readonly range: 'positive' | 'fraction';
}

/** What a preconditioned rule is told beside the gradients. */
export interface EditorAim {
  /** By how much the loss that is derived lies above where it is to go, in nats; a scalar. */
  readonly shortfall: tf.Tensor;
  /** Of what the last layer takes, with a ridge, [F,F]; see `inverseCurvature`. */
  readonly inverseCurvature: tf.Tensor;
}

/**
 * A rule that moves parameters towards a constraint. Pure and differentiable, so that the same rule runs
 * step by step when a patch is made and unrolled when a network is trained to be edited.
 */
export interface Editor {
  readonly name: string;
  /** The rule's scalars by name, such as `rate`: what a patch records, or where learning them starts. */
  readonly coefficients: Readonly<Record<string, Coefficient>>;
  /** The one stage that a rule edits whose `step` takes an aim. Training does not unroll such a rule. */
  readonly preconditioned?: Stage;
  /**
   * @param gradients of the constraint loss, by parameter name
   * @param memory what the last step returned, or null at the first
   * @param coefficients scalars under the names of `this.coefficients`, in their natural units
   */
  step(
    parameters: NamedTensors,
    gradients: NamedTensors,
    memory: NamedTensors | null,
    coefficients: NamedTensors,
    aim?: EditorAim,
  ): EditorStep;
}

/** The values of an editor's coefficients, by name. */
export function coefficientValues({ coefficients }: Editor): Record<string, number> {
  return Object.fromEntries(Object.entries(coefficients).map(([name, { value }]) => [name, value]));
}
