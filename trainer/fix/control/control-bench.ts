import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Preprocessing } from '../../../exporter/contract/manifest.ts';
import { takeRows } from '../../control/control-activations.ts';
import { inverseCurvature } from '../../curvature/inverse-curvature.ts';
import { type LabelledSet, labelledSubset, subset } from '../../data/picture-set.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ActivationCache } from '../../evaluation/activation-cache.ts';
import type { PreparedSet, ScoredNetwork } from '../../evaluation/scorer.ts';
import { type NetworkAnswers, SuffixScorer } from '../../evaluation/suffix-scorer.ts';
import type { Stage } from '../../network/architecture.ts';
import { type HostTensor, type Weights, weightsDigest } from '../../network/weights.ts';
import { mostFragile } from './most-fragile.ts';
import { type Controls, havePictures } from './stored-controls.ts';

/** Pictures of each sample, the first of which every candidate is held against. */
const SAMPLES = [128, 128, 256] as const;

/** Networks whose answers stay in memory, those asked for last. */
const REMEMBERED = 8;

/** Some of the control pictures, ready to be scored. */
export interface ControlSample {
  readonly prepared: PreparedSet<LabelledSet>;
  /** Where each lies among all control pictures. */
  readonly indices: Uint32Array;
}

export interface ControlBenchOptions {
  readonly engine: Engine;
  /** The network before any fix. */
  readonly network: ScoredNetwork;
  readonly controls: Controls;
  /** Stages that fixes change first. */
  readonly keepBefore: readonly Stage[];
  readonly cache?: ActivationCache;
  /** Where the answers of networks with fixes are kept for other processes. */
  readonly answers?: string;
}

/** Scores networks with fixes on control pictures, all of them or a sample of the most fragile. */
export class ControlBench {
  readonly controls: Controls;
  readonly scorer: SuffixScorer;
  readonly all: PreparedSet<LabelledSet>;
  /**
   * Of the pictures that the network before any fix gets right, those that it decides by least: where an
   * edit breaks anything, it breaks these first.
   */
  readonly samples: readonly ControlSample[];
  #rehearsal: Promise<PreparedSet> | null = null;
  #inverseCurvature: HostTensor | null = null;
  #preprocessing: Preprocessing;
  #answers: string | undefined;
  #key: string | undefined;
  #known = new Map<string, NetworkAnswers>();
  /** Digests of networks whose answers lie in a file. */
  #kept = new Set<string>();

  private constructor(
    controls: Controls,
    scorer: SuffixScorer,
    all: PreparedSet<LabelledSet>,
    samples: readonly ControlSample[],
    preprocessing: Preprocessing,
    answers: string | undefined,
  ) {
    this.controls = controls;
    this.scorer = scorer;
    this.all = all;
    this.samples = samples;
    this.#preprocessing = preprocessing;
    this.#answers = answers;
  }

  /** @throws ScorerError SET_MISMATCH, STORE_UNUSABLE */
  static async open(options: ControlBenchOptions): Promise<ControlBench> {
    const { engine, network, controls, keepBefore, cache, answers } = options;
    const scorer = new SuffixScorer(engine, network, { keepBefore, ...(cache && { cache }) });
    try {
      const all = await prepare(scorer, controls);
      const samples: ControlSample[] = [];
      let start = 0;
      const fragile = mostFragile(controls.set, all.logits);
      for (const size of SAMPLES) {
        const indices = fragile.subarray(start, start + size);
        start += size;
        if (indices.length === 0) break;
        samples.push({ prepared: await prepare(scorer, controls, indices), indices });
      }
      return new ControlBench(controls, scorer, all, samples, network.preprocessing, answers);
    } catch (error) {
      await scorer.dispose();
      throw error;
    }
  }

  /**
   * The logits [N,classes] of a network with fixes on all control pictures. Those of the networks that a
   * log went through are asked for again and again, and are kept.
   */
  async logits(weights: Weights): Promise<Float32Array> {
    return (await this.#answersOf(weights)).logits;
  }

  /** Lets what edits of a network's last layer do be scored from what comes before that layer. */
  async startFrom(weights: Weights): Promise<void> {
    const { features } = await this.#answersOf(weights);
    await this.keepAnswers(weights);
    this.scorer.startFrom(this.all, weights, features);
    const shape = [this.all.set.count, features.length / this.all.set.count];
    for (const { prepared, indices } of this.samples) {
      this.scorer.startFrom(prepared, weights, takeRows({ shape, data: features }, indices).data);
    }
  }

  /**
   * What a stage of a network takes of the pictures that are rehearsed; see `SuffixScorer.activationsBefore`.
   * Prepared when it is asked for first: few fixes rehearse.
   */
  async rehearsedBefore(stage: Stage, weights: Weights) {
    if (!havePictures(this.controls)) return null;
    this.#rehearsal ??= this.scorer.prepare(this.controls.rehearsal);
    return this.scorer.activationsBefore(await this.#rehearsal, stage, weights);
  }

  /** What preconditioned edits go by; null where no curvature is known. */
  get inverseCurvature(): HostTensor | null {
    const { curvature } = this.controls;
    if (curvature) this.#inverseCurvature ??= inverseCurvature(curvature);
    return this.#inverseCurvature;
  }

  /** Keeps the answers of a network that fixes will start from, for this process and others. */
  async keepAnswers(weights: Weights): Promise<void> {
    const digest = weightsDigest(weights);
    if (this.#answers === undefined || this.#kept.has(digest)) return;
    const { logits, features } = await this.#answersOf(weights);
    const path = this.#answerPath(digest);
    const aside = `${path}.${randomUUID()}.partial`;
    await mkdir(this.#answers, { recursive: true });
    await writeFile(aside, [logits, features].map(bytesOf));
    await rename(aside, path);
    this.#kept.add(digest);
  }

  async dispose(): Promise<void> {
    await this.scorer.dispose();
  }

  async #answersOf(weights: Weights): Promise<NetworkAnswers> {
    const digest = weightsDigest(weights);
    const answers =
      this.#known.get(digest) ??
      (await this.#readAnswers(digest)) ??
      (await this.scorer.answers(this.all, weights));
    this.#known.delete(digest);
    this.#known.set(digest, answers);
    if (this.#known.size > REMEMBERED) this.#known.delete(this.#known.keys().next().value!);
    return answers;
  }

  async #readAnswers(digest: string): Promise<NetworkAnswers | null> {
    if (this.#answers === undefined) return null;
    const { logits, features } = this.all;
    const bytes = await readFile(this.#answerPath(digest)).catch(() => null);
    if (bytes?.length !== logits.byteLength + features.byteLength) return null;
    this.#kept.add(digest);
    const floats = new Float32Array(new Uint8Array(bytes).buffer);
    return {
      logits: floats.subarray(0, logits.length),
      features: floats.subarray(logits.length),
    };
  }

  #answerPath(digest: string): string {
    this.#key ??= contentDigest(this.controls, this.#preprocessing);
    return join(this.#answers!, `${this.#key}-${digest.slice(0, 32)}.answers`);
  }
}

/** Prepares all control pictures, or a sample of them. */
function prepare(
  scorer: SuffixScorer,
  controls: Controls,
  indices?: Uint32Array,
): Promise<PreparedSet<LabelledSet>> {
  const name = `${controls.set.name}-sample`;
  if (havePictures(controls)) {
    return scorer.prepare(indices ? subset(controls.set, indices, name) : controls.set);
  }
  const { set, stage, activations } = controls;
  if (!indices) return scorer.prepareActivations(set, stage, activations);
  const sample = labelledSubset(set, indices, name);
  return scorer.prepareActivations(sample, stage, takeRows(activations, indices));
}

/** Of what is passed through networks, and how it is prepared for them. */
function contentDigest(controls: Controls, preprocessing: Preprocessing): string {
  const content = havePictures(controls) ? controls.set.pixels : bytesOf(controls.activations.data);
  const hash = createHash('sha256').update(JSON.stringify(preprocessing)).update(content);
  return hash.digest('hex').slice(0, 32);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
