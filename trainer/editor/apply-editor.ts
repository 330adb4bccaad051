import type * as tf from '@tensorflow/tfjs';
import type { Compiled, Engine, TensorMap, ValueMap } from '../engine/engine.ts';
import type { Architecture, Stage } from '../network/architecture.ts';
import { disposeValues, type HostTensor, uploadWeights, type Weights } from '../network/weights.ts';
import { constraintGradient } from './constraint-gradient.ts';
import { editableNames } from './editable-names.ts';
import { coefficientValues, type Editor } from './editor.ts';

const MEMORY = 'memory.';
const COEFFICIENT = 'coefficient.';

export interface EditSettings {
  readonly editor: Editor;
  /** The stages whose parameters the edit may change. */
  readonly stages: readonly Stage[];
  /** The edit holds once the constraint loss is at most -margin, in nats, and below 0: no tie does. */
  readonly margin: number;
  /** How many steps it may take. */
  readonly maxSteps: number;
}

/** One picture with the label it should get. */
export interface EditRequest {
  /** [3,H,W], normalised */
  readonly image: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly label: number;
}

export interface EditOutcome {
  readonly success: boolean;
  readonly steps: number;
  /** The constraint loss l_e before and after, in nats. */
  readonly lossBefore: number;
  readonly lossAfter: number;
  /** The parameters that changed. */
  readonly changed: Weights;
}

/** Edits networks of one architecture with one editor; the compiled step is kept between edits. */
export class EditRunner {
  #engine: Engine;
  #architecture: Architecture;
  #settings: EditSettings;
  #step: Compiled;

  constructor(engine: Engine, architecture: Architecture, settings: EditSettings) {
    this.#engine = engine;
    this.#architecture = architecture;
    this.#settings = settings;
    this.#step = engine.compile(editStep(architecture, settings));
  }

  /**
   * Moves the parameters until the constraint holds with margin, or the steps are used up (Sinitsin et
   * al. 2020, section 3.1). Works on a copy: `weights` stay as they are.
   */
  async edit(weights: Weights, request: EditRequest): Promise<EditOutcome> {
    const { margin, maxSteps, stages } = this.#settings;
    const base = uploadWeights(this.#engine, weights);
    const sample = this.#uploadSample(request);
    let moved: ValueMap = {};
    let losses: number[] = [];
    try {
      for (let steps = 0; ; steps++) {
        const next = await this.#step.run({ ...base, ...moved, ...sample });
        const { loss, ...following } = next;
        const latest = (await loss!.read())[0]!;
        losses = [...losses, latest];
        loss!.dispose();
        const success = latest <= -margin && latest < 0;
        if (success || steps === maxSteps) {
          disposeValues(following);
          const changed = await readChanged(editableNames(weights, stages), moved);
          return { success, steps, lossBefore: losses[0]!, lossAfter: latest, changed };
        }
        disposeValues(moved);
        moved = following;
      }
    } finally {
      disposeValues({ ...moved, ...sample });
      disposeValues(base);
    }
  }

  async dispose(): Promise<void> {
    await this.#step.dispose();
  }

  #uploadSample({ image, height, width, label }: EditRequest): ValueMap {
    const { classes } = this.#architecture;
    const oneHot = new Float32Array(classes);
    oneHot[label] = 1;
    return {
      ...this.#uploadCoefficients(),
      image: this.#engine.upload(image, [1, 3, height, width]),
      oneHot: this.#engine.upload(oneHot, [1, classes]),
    };
  }

  #uploadCoefficients(): ValueMap {
    const values = Object.entries(coefficientValues(this.#settings.editor));
    return Object.fromEntries(
      values.map(([name, value]) => [
        COEFFICIENT + name,
        this.#engine.upload(Float32Array.of(value), []),
      ]),
    );
  }
}

/**
 * One step as a pure function. In: every weight, `image` [1,3,H,W], `oneHot` [1,classes], the editor's
 * coefficients and, from the second step on, its memory. Out: `loss` before the step, the moved parameters, memory.
 */
function editStep(
  architecture: Architecture,
  { editor, stages }: EditSettings,
): (inputs: TensorMap) => TensorMap {
  return ({ image, oneHot, ...rest }) => {
    const all: Record<string, tf.Tensor> = {};
    const remembered: Record<string, tf.Tensor> = {};
    const coefficients: Record<string, tf.Tensor> = {};
    for (const [name, tensor] of Object.entries(rest)) {
      if (name.startsWith(MEMORY)) remembered[name.slice(MEMORY.length)] = tensor;
      else if (name.startsWith(COEFFICIENT)) {
        coefficients[name.slice(COEFFICIENT.length)] = tensor;
      } else all[name] = tensor;
    }
    const names = editableNames(new Map(Object.entries(all)), stages);
    const edited = Object.fromEntries(names.map((name) => [name, all[name]!]));
    const memory = Object.keys(remembered).length > 0 ? remembered : null;
    const sample = { image: image!, oneHot: oneHot! };
    const { loss, gradients } = constraintGradient(architecture, edited, all, sample);
    const next = editor.step(edited, gradients, memory, coefficients);
    const outputs: Record<string, tf.Tensor> = { loss, ...next.parameters };
    for (const [name, tensor] of Object.entries(next.memory)) outputs[MEMORY + name] = tensor;
    return outputs;
  };
}

async function readChanged(names: readonly string[], moved: ValueMap): Promise<Weights> {
  const changed = new Map<string, HostTensor>();
  for (const name of names) {
    const value = moved[name];
    if (value) changed.set(name, { shape: value.shape, data: await value.read() });
  }
  return changed;
}
