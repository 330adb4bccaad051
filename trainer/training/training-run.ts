import type { Checkpoint, TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { DataSet } from '../data/data-set.ts';
import type { Engine } from '../engine/engine.ts';
import type { Weights } from '../network/weights.ts';
import { TrainingError } from './training-error.ts';
import { planFingerprint, type TrainingPlan } from './training-plan.ts';

/** Where a training stands, told after every update. */
export interface TrainingProgress {
  /** Updates done and in all. */
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly pictures: number;
  /** The latest point of the loss curve. */
  readonly latest: Readonly<Record<string, number>>;
}

export interface TrainingRun {
  readonly engine: Engine;
  /** Its test set is not looked at. */
  readonly data: DataSet;
  readonly plan: TrainingPlan;
  /** Where the checkpoint is written; the best epoch's network goes to `bestPath(path)`. */
  readonly path: string;
  /** Seconds between checkpoints. */
  readonly interval: number;
  /** Weights to start from, where `plan.startDigest` names them. */
  readonly start: Weights | null;
  /** The network to learn from, where `plan.teacherDigest` names it. */
  readonly teacher: TrainedNetwork | null;
  /** A checkpoint of the same plan and data to go on from. */
  readonly resume: Checkpoint | null;
  readonly onProgress: (progress: TrainingProgress) => void;
}

/** @throws TrainingError OPTIONS_CHANGED, DATA_CHANGED when the run cannot go on from its checkpoint */
export function checkResume({ path, plan, data, resume }: TrainingRun): void {
  if (!resume) return;
  const advice = 'Name another checkpoint, or remove this one to start anew.';
  if (resume.training.optionsFingerprint !== planFingerprint(plan)) {
    throw new TrainingError(
      'OPTIONS_CHANGED',
      `${path} was trained with other options, so that this run cannot go on from it. ${advice}`,
    );
  }
  if (resume.dataSet.fingerprint !== data.fingerprint()) {
    throw new TrainingError(
      'DATA_CHANGED',
      `${path} was trained on other pictures than ${data.name} holds now. ${advice}`,
    );
  }
}

export function diverged({ path }: TrainingRun, step: number): TrainingError {
  return new TrainingError(
    'DIVERGED',
    `The loss or a weight is no finite number at update ${step}; lower the learning rate. ${path} is as the last checkpoint left it.`,
  );
}
