import type { Engine, Value, ValueMap } from '../engine/engine.ts';
import type { EditGrounds } from './edit-grounds.ts';
import { AIM, COEFFICIENT, REHEARSAL, VIEW } from './edit-step.ts';
import type { EditSettings, EditTask, LabelledImage } from './edit-task.ts';
import { coefficientValues } from './editor.ts';
import { prefixed } from './map-tensors.ts';
import { RehearsedBatches } from './rehearsed-batches.ts';
import type { SplitNetwork } from './split-network.ts';

/** How far past the margin a preconditioned editor goes, so that rounding does not cost it a step, in nats. */
const SLACK = 0.02;
/** Where it would have views, log(1 + exp l_e) of one that holds by a tenth of a nat. */
const VIEWS_HOLD = Math.log1p(Math.exp(-0.1));

export interface EditInputsOptions {
  readonly engine: Engine;
  readonly classes: number;
  readonly settings: EditSettings;
  readonly grounds: EditGrounds;
  readonly network: SplitNetwork;
}

/** What the programs of an edit take beside the weights, brought to where the engine computes. */
export class EditInputs {
  readonly #engine: Engine;
  readonly #classes: number;
  readonly #settings: EditSettings;
  readonly #grounds: EditGrounds;
  readonly #network: SplitNetwork;

  constructor({ engine, classes, settings, grounds, network }: EditInputsOptions) {
    this.#engine = engine;
    this.#classes = classes;
    this.#settings = settings;
    this.#grounds = grounds;
    this.#network = network;
  }

  /** What is the same for every step: what the first edited stage takes of the pictures, and their labels. */
  async fixed(weights: ValueMap, task: EditTask): Promise<ValueMap> {
    const { rehearsal, views } = this.#settings;
    const inputs = await this.#labelled(weights, [task, ...(task.together ?? [])], task);
    if (typeof views === 'number' && task.views && task.views.length > 0) {
      Object.assign(inputs, prefixed(VIEW, await this.#labelled(weights, task.views, task)));
    }
    if (rehearsal) inputs[`${REHEARSAL}weight`] = this.#scalar(rehearsal.weight);
    return inputs;
  }

  /** The batches of pictures that the steps rehearse; null where they rehearse none. */
  rehearsed(weights: ValueMap, task: EditTask): RehearsedBatches | null {
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

  /** What the editor's rule is told beside the gradients. */
  coefficients(): ValueMap {
    const values = Object.entries(coefficientValues(this.#settings.editor));
    return Object.fromEntries(
      values.map(([name, value]) => [COEFFICIENT + name, this.#scalar(value)]),
    );
  }

  /** What a preconditioned editor goes for and by; null of any other. */
  aim({ views }: EditTask): ValueMap | null {
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
