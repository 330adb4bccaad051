import { createHash } from 'node:crypto';
import { normalise } from '../../exporter/contract/picture/preprocess.ts';
import { plainBatch } from '../data/batches.ts';
import type { DataSet } from '../data/data-set.ts';
import { randomFor } from '../data/random.ts';
import { adam } from '../editor/adam.ts';
import type { EditedModel, EditMethod, EditOutcome, EditRequest } from '../editor/edit-method.ts';
import { COEFFICIENT, MEMORY } from '../editor/edit-step.ts';
import { coefficientValues, type Editor } from '../editor/editor.ts';
import type { Compiled, Engine, ValueMap } from '../engine/engine.ts';
import type { Architecture } from '../network/architecture.ts';
import { disposeValues, type HostTensor, uploadWeights, type Weights } from '../network/weights.ts';
import { holds } from './constraint-probe.ts';
import { fineTuneStep } from './fine-tune-step.ts';

export interface FineTuningSettings {
  readonly editor: Editor;
  /** Training pictures beside the one to fix, drawn anew at every step. */
  readonly pictures: number;
  /** Of their mean cross-entropy, where that of the picture to fix has 1. */
  readonly weight: number;
  readonly maxSteps: number;
}

export const FINE_TUNING_DEFAULTS: FineTuningSettings = {
  editor: adam(1e-4),
  pictures: 32,
  weight: 1,
  maxSteps: 50,
};

/**
 * Fine-tuning with rehearsal (Robins 1995): all parameters follow the cross-entropy of the picture and
 * of training pictures with their labels, until the constraint holds by the margin or the steps are
 * used up. Running statistics stay.
 */
export class FineTuning implements EditMethod {
  readonly name = 'fine-tune-rehearsal';
  readonly settings: Readonly<Record<string, number | string>>;
  #engine: Engine;
  #architecture: Architecture;
  #data: DataSet;
  #chosen: FineTuningSettings;
  #margin: number;
  #seed: number;
  #step: Compiled;

  /** @param seed of the draws, which depend on the picture besides */
  constructor(
    engine: Engine,
    architecture: Architecture,
    data: DataSet,
    margin: number,
    seed: number,
    chosen: FineTuningSettings = FINE_TUNING_DEFAULTS,
  ) {
    const { editor, pictures, weight, maxSteps } = chosen;
    this.settings = {
      editor: editor.name,
      ...coefficientValues(editor),
      pictures,
      weight,
      maxSteps,
      margin,
    };
    this.#engine = engine;
    this.#architecture = architecture;
    this.#data = data;
    this.#chosen = chosen;
    this.#margin = margin;
    this.#seed = seed;
    this.#step = engine.compile(fineTuneStep(architecture, editor));
  }

  async edit(model: EditedModel, request: EditRequest): Promise<EditOutcome> {
    const digest = createHash('sha256').update(request.picture.pixels).digest('hex');
    const uploaded = uploadWeights(this.#engine, model.weights);
    const coefficients = this.#uploadCoefficients();
    let moved: ValueMap = {};
    let lossBefore: number | null = null;
    try {
      for (let steps = 0; ; steps++) {
        const batch = this.#uploadBatch(request, digest, steps);
        const inputs = { ...uploaded, ...moved, ...coefficients, ...batch };
        const { loss, ...following } = await this.#step.run(inputs);
        const lossAfter = (await loss!.read())[0]!;
        disposeValues({ ...batch, loss: loss! });
        lossBefore ??= lossAfter;
        const success = holds(lossAfter, this.#margin);
        if (success || steps === this.#chosen.maxSteps) {
          disposeValues(following);
          const weights = steps > 0 ? await withMoved(model.weights, moved) : model.weights;
          return { success, steps, lossBefore, lossAfter, model: { ...model, weights } };
        }
        disposeValues(moved);
        moved = following;
      }
    } finally {
      disposeValues({ ...moved, ...coefficients });
      disposeValues(uploaded);
    }
  }

  async dispose(): Promise<void> {
    await this.#step.dispose();
  }

  /** The picture to fix, and those that are rehearsed at this step. */
  #uploadBatch({ picture, label }: EditRequest, digest: string, step: number): ValueMap {
    const { train, preprocessing } = this.#data;
    const { classes } = this.#architecture;
    const { pictures, weight } = this.#chosen;
    const random = randomFor(this.#seed, 'fine-tuning', digest, step);
    const drawn = Array.from({ length: pictures }, () => random.integer(train.count));
    const rehearsed = plainBatch(train, drawn, preprocessing);
    const image = normalise(picture.pixels, preprocessing);
    const count = 1 + pictures;
    const images = new Float32Array(image.length * count);
    images.set(image);
    images.set(rehearsed.images, image.length);
    const oneHot = new Float32Array(classes * count);
    oneHot[label] = 1;
    oneHot.set(rehearsed.oneHot, classes);
    const shares = new Float32Array(count).fill(weight / pictures);
    shares[0] = 1;
    return {
      images: this.#engine.upload(images, [count, 3, preprocessing.height, preprocessing.width]),
      oneHot: this.#engine.upload(oneHot, [count, classes]),
      shares: this.#engine.upload(shares, [count]),
    };
  }

  #uploadCoefficients(): ValueMap {
    return Object.fromEntries(
      Object.entries(coefficientValues(this.#chosen.editor)).map(([name, value]) => [
        COEFFICIENT + name,
        this.#engine.upload(Float32Array.of(value), []),
      ]),
    );
  }
}

async function withMoved(weights: Weights, moved: ValueMap): Promise<Weights> {
  const merged = new Map<string, HostTensor>(weights);
  for (const [name, value] of Object.entries(moved)) {
    if (name.startsWith(MEMORY)) continue;
    merged.set(name, { shape: value.shape, data: await value.read() });
  }
  return merged;
}
