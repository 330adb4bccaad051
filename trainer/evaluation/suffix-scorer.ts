import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import { type LabelledSet, type PictureSet, pictureAt } from '../data/picture-set.ts';
import type { EditedModel } from '../editor/edit-method.ts';
import type { Compiled, Engine } from '../engine/engine.ts';
import { STAGES, type Stage } from '../network/architecture.ts';
import { foldBatchNorm } from '../network/fold-batch-norm.ts';
import { LOGITS } from '../network/inference.ts';
import type { HostTensor, Weights } from '../network/weights.ts';
import { BatchRows } from './batch-rows.ts';
import { firstChangedStage } from './changed-stage.ts';
import { NetworkActivations } from './network-activations.ts';
import { answerWithOverrides } from './override-answers.ts';
import { passRows } from './pass-rows.ts';
import { arraySource, pictureSource } from './picture-source.ts';
import { type ActivationSource, type BatchRange, batchRanges, readRows } from './run-batches.ts';
import type { PreparedSet, ScoredNetwork, Scorer, ScorerOptions } from './scorer.ts';
import { checkSet, foreign, insufficient } from './scorer-refusals.ts';
import { FEATURES, wholePass } from './split-inference.ts';

/** In bytes. */
const MEMORY_BOUND = 512 * 2 ** 20;

/** A prepared set: its pictures, and where passes over them can start. */
interface Starts {
  /** Null where only activations are there. */
  readonly pictures: readonly RgbPicture[] | null;
  readonly count: number;
  readonly sources: ReadonlyMap<Stage, ActivationSource>;
  /** What the last layer takes in another network. */
  later: { readonly weights: Weights; readonly source: ActivationSource } | null;
}

/** What a network makes of a set. */
export interface NetworkAnswers {
  /** [N,classes] */
  readonly logits: Float32Array;
  /** What the last layer sees, [N,F]. */
  readonly features: Float32Array;
}

/**
 * Scores edits of one network by running what they changed and what lies behind it, from activations
 * that are kept. Gives what the whole network gives, but for the last bits.
 */
export class SuffixScorer implements Scorer {
  #engine: Engine;
  #network: ScoredNetwork;
  #keepBefore: readonly Stage[];
  /** Of the network before any fix. */
  #activations: NetworkActivations;
  #suffixes = new Map<Stage, Compiled>();
  #prepared = new Map<PreparedSet<LabelledSet>, Starts>();

  constructor(
    engine: Engine,
    network: ScoredNetwork,
    { keepBefore, memoryBound, cache }: ScorerOptions,
  ) {
    this.#engine = engine;
    this.#network = network;
    // The stem takes the pictures and the head the features, which are there anyway.
    this.#keepBefore = STAGES.slice(1, -1).filter((stage) => keepBefore.includes(stage));
    const bound = memoryBound ?? MEMORY_BOUND;
    this.#activations = new NetworkActivations(engine, network, this.#keepBefore, bound, cache);
  }

  async prepare(set: PictureSet, transient = false): Promise<PreparedSet> {
    checkSet(set, this.#network);
    const ranges = batchRanges(set.count);
    const kept = await this.#activations.of(set, transient);
    const logits = await rowsOf(kept.source(LOGITS), set.count, ranges);
    const features = await rowsOf(kept.source(FEATURES), set.count, ranges);
    const prepared: PreparedSet = {
      set,
      logits: logits.present,
      features: features.present,
      dispose: async () => {
        this.#prepared.delete(prepared);
        await kept.dispose();
      },
    };
    const sources = new Map<Stage, ActivationSource>([
      ['stem', pictureSource(set, this.#network.preprocessing, ranges)],
      ...this.#keepBefore.map((stage) => [stage, kept.source(stage)] as const),
      ['head', features.source(this.#featuresShape())],
    ]);
    const pictures = Array.from({ length: set.count }, (_, index) => pictureAt(set, index));
    this.#prepared.set(prepared, { pictures, sources, count: set.count, later: null });
    return prepared;
  }

  /**
   * A set of which no picture is there, only what a stage of this network takes. Edits of that stage and
   * of later ones can be scored on it.
   * @param activations [N,H',W',C'], kept as long as the set
   * @throws ScorerError SET_MISMATCH
   */
  async prepareActivations(
    set: LabelledSet,
    stage: Stage,
    activations: HostTensor,
  ): Promise<PreparedSet<LabelledSet>> {
    checkSet(set, this.#network);
    const { weights } = this.#network;
    const ranges = batchRanges(set.count);
    const source = arraySource(activations.data, activations.shape.slice(1), ranges);
    const { logits, features } = await this.#pass(stage, weights, source, set.count);
    const prepared: PreparedSet<LabelledSet> = {
      set,
      logits: logits.present,
      features: features.present,
      dispose: async () => {
        this.#prepared.delete(prepared);
      },
    };
    const sources = new Map<Stage, ActivationSource>([
      [stage, source],
      ['head', features.source(this.#featuresShape())],
    ]);
    this.#prepared.set(prepared, { pictures: null, sources, count: set.count, later: null });
    return prepared;
  }

  async logits(
    prepared: PreparedSet<LabelledSet>,
    { weights, overrides }: EditedModel,
  ): Promise<Float32Array> {
    const starts = this.#startsOf(prepared);
    if (overrides.length > 0 && !starts.pictures) throw insufficient(prepared.set, firstOf(starts));
    const { logits } = await this.answers(prepared, weights);
    answerWithOverrides(logits, overrides, starts.pictures ?? [], prepared.features);
    return logits;
  }

  /** Logits and features of a network, as `logits` gives the former. */
  async answers(prepared: PreparedSet<LabelledSet>, weights: Weights): Promise<NetworkAnswers> {
    const starts = this.#startsOf(prepared);
    const changed = firstChangedStage(this.#network.weights, weights);
    if (!changed) return { logits: prepared.logits.slice(), features: prepared.features };
    const { later, count } = starts;
    const least = later && (firstChangedStage(later.weights, weights) ?? 'head');
    const from = least === 'head' ? least : startOf(starts, changed);
    if (from === undefined) throw insufficient(prepared.set, firstOf(starts));
    const source = least === 'head' ? later!.source : starts.sources.get(from)!;
    const { logits, features } = await this.#pass(from, weights, source, count);
    return { logits: logits.present, features: features.present };
  }

  /**
   * What a stage of a network takes of `count` pictures of a set from `start` on, [count,H',W',C'].
   * @returns null where that is not kept, or the network differs from the one before any fix before that stage
   */
  activationsBefore(
    prepared: PreparedSet,
    stage: Stage,
    weights: Weights,
  ): ((start: number, count: number) => Promise<HostTensor>) | null {
    const source = this.#keepBefore.includes(stage) && this.#startsOf(prepared).sources.get(stage);
    const changed = firstChangedStage(this.#network.weights, weights) ?? stage;
    if (!source || STAGES.indexOf(changed) < STAGES.indexOf(stage)) return null;
    return (start, count) => readRows(source, start, count);
  }

  /**
   * Lets networks that differ from `weights` in the last layer alone be scored from its features, however much
   * that network differs from the one before any fix.
   * @param features [N,F], as `answers` gave them
   */
  startFrom(prepared: PreparedSet<LabelledSet>, weights: Weights, features: Float32Array): void {
    const starts = this.#startsOf(prepared);
    const ranges = batchRanges(starts.count);
    starts.later = { weights, source: arraySource(features, this.#featuresShape(), ranges) };
  }

  async dispose(): Promise<void> {
    for (const prepared of [...this.#prepared.keys()]) await prepared.dispose();
    await this.#activations.dispose();
    for (const suffix of this.#suffixes.values()) await suffix.dispose();
    this.#suffixes.clear();
  }

  #startsOf(prepared: PreparedSet<LabelledSet>): Starts {
    const starts = this.#prepared.get(prepared);
    if (!starts) throw foreign(prepared.set);
    return starts;
  }

  /** Of what the last layer takes of one picture. */
  #featuresShape(): number[] {
    return [1, 1, this.#network.architecture.width << 3];
  }

  /** Runs the network from a stage on. */
  async #pass(
    from: Stage,
    weights: Weights,
    source: ActivationSource,
    count: number,
  ): Promise<Record<typeof LOGITS | typeof FEATURES, BatchRows>> {
    const { architecture } = this.#network;
    let pass = this.#suffixes.get(from);
    if (!pass) {
      pass = this.#engine.compile(wholePass(architecture, [], from));
      this.#suffixes.set(from, pass);
    }
    const folded = foldBatchNorm(architecture, weights, STAGES.slice(STAGES.indexOf(from)));
    return passRows(this.#engine, pass, folded, source, count, [LOGITS, FEATURES] as const);
  }
}

/** The earliest stage that a pass over a set can start with. */
function firstOf({ sources }: Starts): Stage {
  return [...sources.keys()][0]!;
}

/** Where a pass over a set starts that computes what a change of stage `changed` changes. */
function startOf({ sources }: Starts, changed: Stage | null): Stage | undefined {
  const last = changed ?? 'head';
  return STAGES.slice(0, STAGES.indexOf(last) + 1).findLast((stage) => sources.has(stage));
}

async function rowsOf(
  source: ActivationSource,
  count: number,
  ranges: readonly BatchRange[],
): Promise<BatchRows> {
  const rows = new BatchRows(count, ranges);
  for (const [index, range] of ranges.entries()) rows.add(await source.read(index), range);
  return rows;
}
