import type { Compiled, Engine, Value, ValueMap } from '../engine/engine.ts';
import type { Architecture, Stage } from '../network/architecture.ts';
import { disposeValues, type HostTensor, uploadWeights, type Weights } from '../network/weights.ts';
import { COEFFICIENT, editStep, REHEARSAL } from './edit-step.ts';
import { editableNames } from './editable-names.ts';
import { coefficientValues, type Editor } from './editor.ts';
import { EditorError } from './editor-error.ts';
import { firstStage } from './first-stage.ts';
import type { Rehearsal } from './rehearsal.ts';
import { SplitNetwork } from './split-network.ts';

export interface EditSettings {
  readonly editor: Editor;
  /** The stages whose parameters the edit may change. */
  readonly stages: readonly Stage[];
  /** The edit holds once the constraint loss is at most -margin, in nats, and below 0: no tie does. */
  readonly margin: number;
  /** How many steps it may take. */
  readonly maxSteps: number;
  /** Whether the answers to other pictures are rehearsed meanwhile. */
  readonly rehearsal?: Rehearsal | null;
}

/** One picture with the label it should get. */
export interface EditTask {
  /** [3,H,W], normalised */
  readonly image: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly label: number;
}

export interface AppliedEdit {
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
  #rehearsed: Float32Array | null;
  #network: SplitNetwork;
  #step: Compiled;

  /**
   * @param rehearsed the pictures that the settings have rehearsed, [N,3,H,W], normalised
   * @throws EditorError REHEARSAL_INVALID where the settings rehearse and no picture is given
   */
  constructor(
    engine: Engine,
    architecture: Architecture,
    settings: EditSettings,
    rehearsed: Float32Array | null = null,
  ) {
    const { editor, stages, rehearsal } = settings;
    if (rehearsal && !rehearsed) {
      throw new EditorError(
        'REHEARSAL_INVALID',
        'The settings rehearse pictures, and none were given; draw them from the training pictures.',
      );
    }
    this.#engine = engine;
    this.#architecture = architecture;
    this.#settings = settings;
    this.#rehearsed = rehearsed;
    this.#network = new SplitNetwork(engine, architecture, firstStage(stages));
    this.#step = engine.compile(editStep(architecture, editor, stages));
  }

  /**
   * Moves the parameters until the constraint holds with margin, or the steps are used up (Sinitsin et
   * al. 2020, section 3.1). Works on a copy: `weights` stay as they are.
   */
  async edit(weights: Weights, task: EditTask): Promise<AppliedEdit> {
    const { margin, maxSteps, stages } = this.#settings;
    const uploaded = uploadWeights(this.#engine, weights);
    let fixed: ValueMap = {};
    let moved: ValueMap = {};
    let losses: number[] = [];
    try {
      fixed = await this.#fixedInputs(uploaded, task);
      for (let steps = 0; ; steps++) {
        const inputs = { ...this.#network.suffixOf(uploaded), ...fixed, ...moved };
        const { loss, ...following } = await this.#step.run(inputs);
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
      disposeValues({ ...moved, ...fixed });
      disposeValues(uploaded);
    }
  }

  async dispose(): Promise<void> {
    await this.#network.dispose();
    await this.#step.dispose();
  }

  /** What is the same for every step of an edit. */
  async #fixedInputs(weights: ValueMap, task: EditTask): Promise<ValueMap> {
    const { classes } = this.#architecture;
    const { editor, rehearsal } = this.#settings;
    const oneHot = new Float32Array(classes);
    oneHot[task.label] = 1;
    const inputs: ValueMap = {
      activations: await this.#activations(weights, task.image, task),
      oneHot: this.#engine.upload(oneHot, [1, classes]),
    };
    for (const [name, value] of Object.entries(coefficientValues(editor))) {
      inputs[COEFFICIENT + name] = this.#scalar(value);
    }
    if (rehearsal) {
      const activations = await this.#activations(weights, this.#rehearsed!, task);
      inputs[`${REHEARSAL}activations`] = activations;
      inputs[`${REHEARSAL}before`] = await this.#network.logProbabilities(weights, activations);
      inputs[`${REHEARSAL}weight`] = this.#scalar(rehearsal.weight);
    }
    return inputs;
  }

  async #activations(
    weights: ValueMap,
    images: Float32Array,
    { height, width }: EditTask,
  ): Promise<Value> {
    const count = images.length / (3 * height * width);
    const input = this.#engine.upload(images, [count, 3, height, width]);
    try {
      return await this.#network.activations(weights, input);
    } finally {
      input.dispose();
    }
  }

  #scalar(value: number): Value {
    return this.#engine.upload(Float32Array.of(value), []);
  }
}

async function readChanged(names: readonly string[], moved: ValueMap): Promise<Weights> {
  const changed = new Map<string, HostTensor>();
  for (const name of names) {
    const value = moved[name];
    if (value) changed.set(name, { shape: value.shape, data: await value.read() });
  }
  return changed;
}
