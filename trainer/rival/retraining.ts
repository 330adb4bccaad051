import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCheckpoint } from '../checkpoint/checkpoint.ts';
import { type DataSet, dataSet } from '../data/data-set.ts';
import type { EditedModel, EditMethod, EditOutcome, EditRequest } from '../editor/edit-method.ts';
import type { Engine } from '../engine/engine.ts';
import type { Architecture } from '../network/architecture.ts';
import { type Weights, weightsDigest } from '../network/weights.ts';
import { train } from '../training/train.ts';
import { planFingerprint, type TrainingPlan } from '../training/training-plan.ts';
import { augmentedSet, FIXED_SHARE } from './augmented-set.ts';
import { ConstraintProbe, holds } from './constraint-probe.ts';

export interface RetrainingBudget {
  /** In epochs of one length, none longer than the training set, which may take a few updates more. */
  readonly updates: number;
  readonly batchSize: number;
  /** The peak of a one-cycle schedule. */
  readonly learningRate: number;
}

export const RETRAINING_DEFAULTS: RetrainingBudget = {
  updates: 100,
  batchSize: 128,
  learningRate: 1e-3,
};

export interface RetrainingOptions {
  readonly engine: Engine;
  readonly architecture: Architecture;
  readonly data: DataSet;
  readonly margin: number;
  readonly seed: number;
  /** Where checkpoints lie while a training runs, each under a name that its content gives. */
  readonly folder: string;
  /** Seconds between them. */
  readonly interval: number;
  readonly budget?: RetrainingBudget;
}

/**
 * Goes on training the network as it was trained, Adam and random views of the pictures, on the training
 * set with the fix added: the answer to a mistake where time does not matter. The fixes that it has made
 * to a network before stay in the set. A training that was killed goes on where the same edit is asked
 * for again, and comes to the same weights.
 */
export class Retraining implements EditMethod {
  readonly name = 'retrain';
  readonly settings: Readonly<Record<string, number | string>>;
  #options: RetrainingOptions;
  #budget: RetrainingBudget;
  #probe: ConstraintProbe;
  /** The fixes in the networks it made, by the digests of these. */
  #fixes = new Map<string, readonly EditRequest[]>();

  constructor(options: RetrainingOptions) {
    const { engine, architecture, data, margin, budget = RETRAINING_DEFAULTS } = options;
    this.settings = { ...budget, fixedShare: FIXED_SHARE, margin };
    this.#options = options;
    this.#budget = budget;
    this.#probe = new ConstraintProbe(engine, architecture, data.preprocessing);
  }

  /** @throws TrainingError DIVERGED where the learning rate is too large */
  async edit(model: EditedModel, request: EditRequest): Promise<EditOutcome> {
    const { margin } = this.#options;
    const lossBefore = await this.#probe.loss(model.weights, request);
    if (holds(lossBefore, margin)) {
      return { success: true, steps: 0, lossBefore, lossAfter: lossBefore, model };
    }
    const digest = weightsDigest(model.weights);
    const fixes = [...(this.#fixes.get(digest) ?? []), request];
    const { weights, steps } = await this.#retrain(model.weights, digest, fixes);
    this.#fixes.set(weightsDigest(weights), fixes);
    const lossAfter = await this.#probe.loss(weights, request);
    const success = holds(lossAfter, margin);
    return { success, steps, lossBefore, lossAfter, model: { ...model, weights } };
  }

  async dispose(): Promise<void> {
    await this.#probe.dispose();
  }

  async #retrain(
    start: Weights,
    startDigest: string,
    fixes: readonly EditRequest[],
  ): Promise<{ weights: Weights; steps: number }> {
    const { engine, architecture, seed, folder, interval } = this.#options;
    const { updates, learningRate } = this.#budget;
    const whole = this.#options.data;
    const batchSize = Math.min(this.#budget.batchSize, whole.train.count);
    const epochs = Math.ceil(updates / Math.floor(whole.train.count / batchSize));
    const perEpoch = Math.ceil(updates / epochs);
    const set = augmentedSet(whole.train, fixes, perEpoch * batchSize, seed);
    const data = dataSet(whole.name, set, whole.test, whole.preprocessing);
    const plan: TrainingPlan = {
      architecture,
      epochs,
      batchSize,
      learningRate,
      schedule: 'one-cycle',
      weightDecay: 0,
      cutout: 0,
      clipNorm: null,
      seed,
      validation: 0,
      editable: null,
      startDigest,
      teacherDigest: null,
    };
    const content = createHash('sha256').update(planFingerprint(plan)).update(data.fingerprint());
    const path = join(folder, `retrain-${content.digest('hex').slice(0, 32)}.safetensors`);
    await mkdir(folder, { recursive: true });
    const { weights, training } = await train({
      engine,
      data,
      plan,
      path,
      interval,
      start,
      teacher: null,
      resume: existsSync(path) ? await loadCheckpoint(path) : null,
      onProgress: () => {},
    });
    await rm(path, { force: true });
    return { weights, steps: training.step };
  }
}
