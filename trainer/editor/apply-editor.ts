import type { Engine, Value, ValueMap } from '../engine/engine.ts';
import type { Architecture, Stage } from '../network/architecture.ts';
import { disposeValues, type HostTensor, uploadWeights, type Weights } from '../network/weights.ts';
import { checkGrounds, type EditGrounds } from './edit-grounds.ts';
import { EditPrograms } from './edit-programs.ts';
import { AIM, COEFFICIENT, MEMORY, REHEARSAL, VIEW } from './edit-step.ts';
import { editableNames } from './editable-names.ts';
import { coefficientValues, type Editor } from './editor.ts';
import { prefixed } from './map-tensors.ts';
import type { Rehearsal } from './rehearsal.ts';
import { RehearsedBatches } from './rehearsed-batches.ts';
import type { SplitNetwork } from './split-network.ts';

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
  /**
   * The share of the views of a task that must have their labels before the edit stops, if the steps
   * suffice; views are left out without it.
   */
  readonly views?: number | null;
}

/** One picture with the label it should get. */
export interface LabelledImage {
  /** [3,H,W], normalised */
  readonly image: Float32Array;
  readonly label: number;
}

/** What an edit is for. */
export interface EditTask extends LabelledImage {
  readonly height: number;
  readonly width: number;
  /** Other pictures that must get their labels by the same edit. */
  readonly together?: readonly LabelledImage[];
  /** Changed views of the pictures, which the edit is to carry over to; see `EditSettings.views`. */
  readonly views?: readonly LabelledImage[];
  /**
   * What the first edited stage takes of `count` of the rehearsed pictures from `start` on, [count,H',W',C'],
   * in the network that is edited; computed without it.
   */
  readonly rehearsed?: ((start: number, count: number) => Promise<HostTensor>) | null;
}

export interface AppliedEdit {
  /** Whether the constraint holds, whatever became of views. */
  readonly success: boolean;
  readonly steps: number;
  /** The constraint loss l_e before and after, in nats; of several pictures the largest. */
  readonly lossBefore: number;
  readonly lossAfter: number;
  /** The parameters that changed. */
  readonly changed: Weights;
}

/** How far past the margin a preconditioned editor goes, so that rounding does not cost it a step, in nats. */
const SLACK = 0.02;
/** Where it would have views, log(1 + exp l_e) of one that holds by a tenth of a nat. */
const VIEWS_HOLD = Math.log1p(Math.exp(-0.1));

/** Edits networks of one architecture with one editor; what it compiles is kept between edits. */
export class EditRunner {
  #engine: Engine;
  #classes: number;
  #settings: EditSettings;
  #grounds: EditGrounds;
  #network: SplitNetwork;
  #programs: EditPrograms;
  #release: () => Promise<void>;

  /**
   * @param programs shared with other runners, whose owner disposes of them; its own without it
   * @throws EditorError REHEARSAL_INVALID where the settings rehearse and no picture is given;
   *   CURVATURE_MISSING, STAGES_INVALID for what a preconditioned editor needs
   */
  constructor(
    engine: Engine,
    architecture: Architecture,
    settings: EditSettings,
    grounds: EditGrounds = {},
    programs?: EditPrograms,
  ) {
    checkGrounds(settings, grounds);
    this.#engine = engine;
    this.#classes = architecture.classes;
    this.#settings = settings;
    this.#grounds = grounds;
    this.#programs = programs ?? new EditPrograms(engine, architecture);
    this.#release = programs ? async () => {} : () => this.#programs.dispose();
    this.#network = this.#programs.split(settings.stages);
  }

  /**
   * Moves the parameters until the constraint holds with margin and enough views follow, or the steps are
   * used up (Sinitsin et al. 2020, section 3.1). Works on a copy: `weights` stay as they are.
   */
  async edit(weights: Weights, task: EditTask): Promise<AppliedEdit> {
    const { margin, maxSteps, stages, views } = this.#settings;
    const names = editableNames(weights, stages);
    const gradient = this.#programs.gradient(stages);
    const uploaded = uploadWeights(this.#engine, weights);
    const coefficients = this.#coefficients();
    const aim = this.#aim(task);
    let fixed: ValueMap = {};
    let moved: ValueMap = {};
    let memory: ValueMap = {};
    const rehearsed = this.#rehearsedBatches(uploaded, task);
    let first: number | null = null;
    try {
      fixed = await this.#fixedInputs(uploaded, task);
      for (let steps = 0; ; steps++) {
        const kept = await rehearsed?.of(steps);
        const inputs = { ...this.#network.suffixOf(uploaded), ...fixed, ...kept, ...moved };
        const {
          loss,
          objective,
          [`${VIEW}losses`]: viewLosses,
          ...gradients
        } = await gradient.run(inputs);
        const latest = (await loss!.read())[0]!;
        const agreeing = viewLosses ? negativeShare(await viewLosses.read()) : 1;
        viewLosses?.dispose();
        first ??= latest;
        const success = latest <= -margin && latest < 0;
        if ((success && agreeing >= (views ?? 0)) || steps === maxSteps) {
          disposeValues({ ...gradients, loss: loss!, ...(objective && { objective }) });
          const changed = await readChanged(names, moved);
          return { success, steps, lossBefore: first, lossAfter: latest, changed };
        }
        const current = Object.fromEntries(
          names.map((name) => [name, moved[name] ?? uploaded[name]!]),
        );
        const goal = { ...aim, ...(aim && { [`${AIM}objective`]: objective ?? loss! }) };
        const taken = { ...current, ...gradients, ...memory, ...coefficients, ...goal };
        const following = await this.#programs.rule(this.#settings.editor).run(taken);
        disposeValues({ ...gradients, ...moved, ...memory, loss: loss! });
        objective?.dispose();
        ({ moved, memory } = separate(following));
      }
    } finally {
      disposeValues({ ...moved, ...memory, ...fixed, ...coefficients, ...aim });
      rehearsed?.dispose();
      disposeValues(uploaded);
    }
  }

  async dispose(): Promise<void> {
    await this.#release();
  }

  /** What is the same for every step of an edit. */
  async #fixedInputs(weights: ValueMap, task: EditTask): Promise<ValueMap> {
    const { rehearsal, views } = this.#settings;
    const inputs = await this.#labelled(weights, [task, ...(task.together ?? [])], task);
    if (typeof views === 'number' && task.views && task.views.length > 0) {
      Object.assign(inputs, prefixed(VIEW, await this.#labelled(weights, task.views, task)));
    }
    if (rehearsal) inputs[`${REHEARSAL}weight`] = this.#scalar(rehearsal.weight);
    return inputs;
  }

  #rehearsedBatches(weights: ValueMap, task: EditTask): RehearsedBatches | null {
    const { rehearsal } = this.#settings;
    if (!rehearsal) return null;
    const size = task.image.length;
    const count = this.#grounds.rehearsed!.length / size;
    const compute = (start: number, some: number) =>
      this.#activations(
        weights,
        this.#grounds.rehearsed!.subarray(start * size, (start + some) * size),
        task,
      );
    const known = async (start: number, some: number) => {
      const { data, shape } = await task.rehearsed!(start, some);
      return this.#engine.upload(data, shape);
    };
    const read = task.rehearsed ? known : compute;
    return new RehearsedBatches({ count, batch: rehearsal.batch ?? count }, async (...place) => {
      const activations = await read(...place);
      const before = await this.#network.logProbabilities(weights, activations);
      return prefixed(REHEARSAL, { activations, before });
    });
  }

  /** What the first edited stage makes of pictures, and their labels. */
  async #labelled(
    weights: ValueMap,
    wanted: readonly LabelledImage[],
    task: EditTask,
  ): Promise<ValueMap> {
    const images = new Float32Array(wanted.length * task.image.length);
    const oneHot = new Float32Array(wanted.length * this.#classes);
    for (const [index, { image, label }] of wanted.entries()) {
      images.set(image, index * image.length);
      oneHot[index * this.#classes + label] = 1;
    }
    return {
      activations: await this.#activations(weights, images, task),
      oneHot: this.#engine.upload(oneHot, [wanted.length, this.#classes]),
    };
  }

  #coefficients(): ValueMap {
    const values = Object.entries(coefficientValues(this.#settings.editor));
    return Object.fromEntries(
      values.map(([name, value]) => [COEFFICIENT + name, this.#scalar(value)]),
    );
  }

  /** What a preconditioned editor goes for and by; null of any other. */
  #aim({ views }: EditTask): ValueMap | null {
    const { editor, margin, views: share } = this.#settings;
    if (!editor.preconditioned) return null;
    const past = -margin - SLACK;
    const carried = typeof share === 'number' && views && views.length > 0;
    const { shape, data } = this.#grounds.inverseCurvature!;
    return {
      [`${AIM}goal`]: this.#scalar(carried ? (past + VIEWS_HOLD) / 2 : past),
      [`${AIM}inverseCurvature`]: this.#engine.upload(data, shape),
    };
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

/** Parts what a rule gives into the parameters and what it carries on. */
function separate(outputs: ValueMap): { moved: ValueMap; memory: ValueMap } {
  const parts = { moved: {} as ValueMap, memory: {} as ValueMap };
  for (const [name, value] of Object.entries(outputs)) {
    parts[name.startsWith(MEMORY) ? 'memory' : 'moved'][name] = value;
  }
  return parts;
}

function negativeShare(losses: Float32Array): number {
  return losses.filter((loss) => loss < 0).length / losses.length;
}

async function readChanged(names: readonly string[], moved: ValueMap): Promise<Weights> {
  const changed = new Map<string, HostTensor>();
  for (const name of names) {
    const value = moved[name];
    if (value) changed.set(name, { shape: value.shape, data: await value.read() });
  }
  return changed;
}
