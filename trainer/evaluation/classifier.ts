import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import type { PictureSet } from '../data/picture-set.ts';
import type { Compiled, Engine } from '../engine/engine.ts';
import type { Architecture } from '../network/architecture.ts';
import { foldBatchNorm } from '../network/fold-batch-norm.ts';
import { IMAGES, inference, LOGITS } from '../network/inference.ts';
import type { Weights } from '../network/weights.ts';
import { passRows } from './pass-rows.ts';
import { arraySource, pictureSource } from './picture-source.ts';
import { ACTIVATIONS, type ActivationSource, batchRanges } from './run-batches.ts';

/** Classifies pictures with any weights of one architecture, on one engine. */
export class Classifier {
  readonly architecture: Architecture;
  #engine: Engine;
  #forward: Compiled;

  constructor(engine: Engine, architecture: Architecture) {
    this.architecture = architecture;
    this.#engine = engine;
    const network = inference(architecture);
    this.#forward = engine.compile((inputs) =>
      network({ ...inputs, [IMAGES]: inputs[ACTIVATIONS]! }),
    );
  }

  /** The logits [N,classes] of images [N,3,H,W]. */
  async logits(
    weights: Weights,
    images: Float32Array,
    { height, width }: Pick<Preprocessing, 'height' | 'width'>,
  ): Promise<Float32Array> {
    const count = images.length / (3 * height * width);
    return this.#run(weights, arraySource(images, [3, height, width], batchRanges(count)), count);
  }

  /** The logits [N,classes] of every picture of a set. */
  async logitsOfSet(
    weights: Weights,
    set: PictureSet,
    preprocessing: Preprocessing,
  ): Promise<Float32Array> {
    const source = pictureSource(set, preprocessing, batchRanges(set.count));
    return this.#run(weights, source, set.count);
  }

  async dispose(): Promise<void> {
    await this.#forward.dispose();
  }

  async #run(weights: Weights, source: ActivationSource, count: number): Promise<Float32Array> {
    const folded = foldBatchNorm(this.architecture, weights);
    const names = [LOGITS] as const;
    const rows = await passRows(this.#engine, this.#forward, folded, source, count, names);
    return rows[LOGITS].present;
  }
}
