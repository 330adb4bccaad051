import type { PictureSet } from '../data/picture-set.ts';
import type { Compiled, Engine } from '../engine/engine.ts';
import { foldBatchNorm } from '../network/fold-batch-norm.ts';
import { LOGITS } from '../network/inference.ts';
import type { Weights } from '../network/weights.ts';
import { passRows } from './pass-rows.ts';
import { pictureSource } from './picture-source.ts';
import { batchRanges } from './run-batches.ts';
import type { ScoredNetwork } from './scorer.ts';
import { FEATURES, wholePass } from './split-inference.ts';

/** What a network makes of a set. */
export interface NetworkAnswers {
  /** [N,classes] */
  readonly logits: Float32Array;
  /** What the last layer sees, [N,F]. */
  readonly features: Float32Array;
}

/** Passes sets of pictures through one network, and keeps nothing of them. */
export class NetworkPass {
  #engine: Engine;
  #network: ScoredNetwork;
  #pass: Compiled;
  #folded: Weights;

  constructor(engine: Engine, network: ScoredNetwork) {
    this.#engine = engine;
    this.#network = network;
    this.#pass = engine.compile(wholePass(network.architecture, []));
    this.#folded = foldBatchNorm(network.architecture, network.weights);
  }

  async answers(set: PictureSet): Promise<NetworkAnswers> {
    const source = pictureSource(set, this.#network.preprocessing, batchRanges(set.count));
    const names = [LOGITS, FEATURES] as const;
    const { count } = set;
    const rows = await passRows(this.#engine, this.#pass, this.#folded, source, count, names);
    return { logits: rows[LOGITS].present, features: rows[FEATURES].present };
  }

  async dispose(): Promise<void> {
    await this.#pass.dispose();
  }
}
