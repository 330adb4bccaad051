import type { PictureSet } from '../data/picture-set.ts';
import type { Compiled, Engine } from '../engine/engine.ts';
import type { Stage } from '../network/architecture.ts';
import { foldBatchNorm } from '../network/fold-batch-norm.ts';
import { LOGITS } from '../network/inference.ts';
import type { Weights } from '../network/weights.ts';
import type { ActivationCache } from './activation-cache.ts';
import { ActivationStores } from './activation-store.ts';
import { KeptActivations, type StoreOpener } from './kept-activations.ts';
import { pictureSource } from './picture-source.ts';
import { batchRanges, runBatches } from './run-batches.ts';
import type { ScoredNetwork } from './scorer.ts';
import { FEATURES, wholePass } from './split-inference.ts';

/** Answers and features are small, and do not count towards the bound. */
const ROWS = new ActivationStores(Number.POSITIVE_INFINITY);

/** What one network makes of sets of pictures: its logits, its features, and what some of its stages take. */
export class NetworkActivations {
  #engine: Engine;
  #network: ScoredNetwork;
  #stages: readonly Stage[];
  #stores: ActivationStores;
  #cache: ActivationCache | undefined;
  #pass: Compiled;
  /** Once a set was computed. */
  #folded: Weights | null = null;

  /**
   * @param stages whose inputs are kept
   * @param memoryBound of these, in bytes
   */
  constructor(
    engine: Engine,
    network: ScoredNetwork,
    stages: readonly Stage[],
    memoryBound: number,
    cache?: ActivationCache,
  ) {
    this.#engine = engine;
    this.#network = network;
    this.#stages = stages;
    this.#stores = new ActivationStores(memoryBound);
    this.#cache = cache;
    this.#pass = engine.compile(wholePass(network.architecture, stages));
  }

  /**
   * Those of a set: from the cache, else computed and put there.
   * @param transient leaves the cache alone
   */
  async of(set: PictureSet, transient: boolean): Promise<KeptActivations> {
    const cache = transient ? undefined : this.#cache;
    const key = cache?.keyOf(this.#network, this.#stages, set);
    const found = key === undefined ? null : await cache!.find(key);
    if (found) return new KeptActivations(refuseMore, found);
    const ranges = batchRanges(set.count);
    const writer = key === undefined ? null : await cache!.write(key);
    const open: StoreOpener = (part, _, length) =>
      (part === LOGITS || part === FEATURES ? ROWS : this.#stores).open(ranges.length, length);
    const kept = new KeptActivations(writer?.open ?? open);
    const { architecture, preprocessing, weights } = this.#network;
    const source = pictureSource(set, preprocessing, ranges);
    this.#folded ??= foldBatchNorm(architecture, weights);
    try {
      await runBatches(this.#engine, this.#pass, this.#folded, source, ranges, async (outputs) => {
        for (const part of [LOGITS, FEATURES, ...this.#stages]) {
          await kept.add(part, outputs[part]!);
        }
      });
      await writer?.finish();
    } catch (error) {
      await kept.dispose();
      throw error;
    }
    return kept;
  }

  async dispose(): Promise<void> {
    await this.#pass.dispose();
  }
}

async function refuseMore(): Promise<never> {
  throw new RangeError('A set that was found whole takes no more batches.');
}
