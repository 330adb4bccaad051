import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { plainBatch } from '../data/batches.ts';
import type { PictureSet } from '../data/picture-set.ts';
import { randomFor } from '../data/random.ts';
import type { Compiled, Engine, TensorMap, Value, ValueMap } from '../engine/engine.ts';
import type { Architecture } from '../network/architecture.ts';
import { evaluationLayer } from '../network/convolution-layer.ts';
import { resnet18 } from '../network/resnet18.ts';
import { disposeValues } from '../network/weights.ts';
import { candidateCount, chooseEdits } from './edit-policy.ts';
import type { EditableOptions } from './editable-options.ts';

/** The edits of one batch, on the host. */
export interface EditSamples {
  /** [E,3,H,W], normalised, as the pictures are */
  readonly images: Float32Array;
  /** [E,classes] */
  readonly oneHot: Float32Array;
  /** The share that is random for want of what the policy asks for. */
  readonly fallback: number;
}

export interface EditSamplerOptions {
  readonly pictures: PictureSet;
  readonly preprocessing: Preprocessing;
  readonly options: Pick<EditableOptions, 'policy' | 'edits'>;
  readonly seed: number;
  /** The labels of images [N,3,H,W] where those of the set are not to be used. */
  readonly answers: ((images: Value) => Promise<ArrayLike<number>>) | null;
}

/** Draws the edits that a training rehearses. */
export class EditSampler {
  #engine: Engine;
  #architecture: Architecture;
  #settings: EditSamplerOptions;
  #forward: Compiled;

  constructor(engine: Engine, architecture: Architecture, settings: EditSamplerOptions) {
    this.#engine = engine;
    this.#architecture = architecture;
    this.#settings = settings;
    this.#forward = engine.compile(evaluationForward(architecture));
  }

  /**
   * The edits of update `step`. They depend on the seed, the step and the present weights alone, so that
   * a training that was interrupted draws them again.
   * @param weights parameters and running statistics, where the engine computes
   */
  async samples(step: number, weights: ValueMap): Promise<EditSamples> {
    const { pictures, preprocessing, seed, options } = this.#settings;
    const { policy, edits } = options;
    const { classes } = this.#architecture;
    const random = randomFor(seed, 'edit', step);
    const length = candidateCount(policy, edits);
    const chosen = Array.from({ length }, () => random.integer(pictures.count));
    const batch = plainBatch(pictures, chosen, preprocessing);
    const { labels, logits } = await this.#look(batch, policy !== 'random', weights);
    const drawn = chooseEdits(policy, edits, { labels, logits, classes }, random);
    const size = batch.images.length / length;
    const images = new Float32Array(edits * size);
    const oneHot = new Float32Array(edits * classes);
    drawn.forEach(({ candidate, label }, edit) => {
      images.set(batch.images.subarray(candidate * size, (candidate + 1) * size), edit * size);
      oneHot[edit * classes + label] = 1;
    });
    return { images, oneHot, fallback: drawn.filter((edit) => edit.fallback).length / edits };
  }

  async dispose(): Promise<void> {
    await this.#forward.dispose();
  }

  /** The candidates' labels, and the network's logits where they are wanted. */
  async #look(
    { images, labels, count }: { images: Float32Array; labels: ArrayLike<number>; count: number },
    wanted: boolean,
    weights: ValueMap,
  ): Promise<{ labels: ArrayLike<number>; logits: Float32Array | null }> {
    const { answers, preprocessing } = this.#settings;
    if (!answers && !wanted) return { labels, logits: null };
    const { height, width } = preprocessing;
    const input = this.#engine.upload(images, [count, 3, height, width]);
    try {
      return {
        labels: answers ? await answers(input) : labels,
        logits: wanted ? await this.#logits(input, weights) : null,
      };
    } finally {
      input.dispose();
    }
  }

  async #logits(images: Value, weights: ValueMap): Promise<Float32Array> {
    const outputs = await this.#forward.run({ ...weights, images });
    const logits = await outputs.logits!.read();
    disposeValues(outputs);
    return logits;
  }
}

/** The network as it is trained, with running statistics: `images` [N,3,H,W] to `logits` [N,classes]. */
function evaluationForward(architecture: Architecture): (inputs: TensorMap) => TensorMap {
  return (inputs) => ({
    logits: resnet18(architecture, inputs, evaluationLayer(inputs), inputs.images!),
  });
}
