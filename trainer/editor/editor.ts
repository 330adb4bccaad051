import type { NamedTensors } from '../network/convolution-layer.ts';

/** The parameters after one step of an editor, and what it carries to the next. */
export interface EditorStep {
  readonly parameters: NamedTensors;
  readonly memory: NamedTensors;
}

/**
 * A rule that moves parameters towards a constraint. Pure and differentiable, so that the same rule runs
 * step by step when a patch is made and unrolled when a network is trained to be edited.
 */
export interface Editor {
  readonly name: string;
  /** The settings that a patch records. */
  readonly settings: Readonly<Record<string, number>>;
  /**
   * @param gradients of the constraint loss, by parameter name
   * @param memory what the last step returned, or null at the first
   */
  step(parameters: NamedTensors, gradients: NamedTensors, memory: NamedTensors | null): EditorStep;
}
