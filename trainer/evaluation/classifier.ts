import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { wholeSet } from '../data/batches.ts';
import type { PictureSet } from '../data/picture-set.ts';
import type { Compiled, Engine } from '../engine/engine.ts';
import type { Architecture } from '../network/architecture.ts';
import { foldBatchNorm } from '../network/fold-batch-norm.ts';
import { IMAGES, inference, LOGITS } from '../network/inference.ts';
import { disposeValues, uploadWeights, type Weights } from '../network/weights.ts';

/** Pictures a run: large enough to keep all cores busy. */
const BATCH = 250;

/** Classifies pictures with any weights of one architecture, on one engine. */
export class Classifier {
  readonly architecture: Architecture;
  #engine: Engine;
  #forward: Compiled;

  constructor(engine: Engine, architecture: Architecture) {
    this.architecture = architecture;
    this.#engine = engine;
    this.#forward = engine.compile(inference(architecture));
  }

  /** The logits [N,classes] of images [N,3,H,W]. */
  async logits(
    weights: Weights,
    images: Float32Array,
    { height, width }: Pick<Preprocessing, 'height' | 'width'>,
  ): Promise<Float32Array> {
    const count = images.length / (3 * height * width);
    const result = new Float32Array(count * this.architecture.classes);
    const batches = function* () {
      for (let start = 0; start < count; start += BATCH) {
        const end = Math.min(start + BATCH, count);
        yield images.subarray(start * 3 * height * width, end * 3 * height * width);
      }
    };
    await this.#forEach(weights, batches(), { height, width }, (logits, start) =>
      result.set(logits, start * this.architecture.classes),
    );
    return result;
  }

  /** The logits [N,classes] of every picture of a set. */
  async logitsOfSet(
    weights: Weights,
    set: PictureSet,
    preprocessing: Preprocessing,
  ): Promise<Float32Array> {
    const result = new Float32Array(set.count * this.architecture.classes);
    const batches = function* () {
      for (const { images } of wholeSet(set, preprocessing, BATCH)) yield images;
    };
    await this.#forEach(weights, batches(), preprocessing, (logits, start) =>
      result.set(logits, start * this.architecture.classes),
    );
    return result;
  }

  async dispose(): Promise<void> {
    await this.#forward.dispose();
  }

  async #forEach(
    weights: Weights,
    batches: Iterable<Float32Array>,
    { height, width }: Pick<Preprocessing, 'height' | 'width'>,
    receive: (logits: Float32Array, start: number) => void,
  ): Promise<void> {
    const values = uploadWeights(this.#engine, foldBatchNorm(this.architecture, weights));
    try {
      let start = 0;
      for (const images of batches) {
        const count = images.length / (3 * height * width);
        const input = this.#engine.upload(images, [count, 3, height, width]);
        const output = await this.#forward.run({ ...values, [IMAGES]: input });
        receive(await output[LOGITS]!.read(), start);
        disposeValues({ input, ...output });
        start += count;
      }
    } finally {
      disposeValues(values);
    }
  }
}
