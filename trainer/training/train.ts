import { type Checkpoint, saveCheckpoint } from '../checkpoint/checkpoint.ts';
import type { TrainedOn } from '../checkpoint/checkpoint-metadata.ts';
import { trainingBatches } from '../data/batches.ts';
import type { DataSet } from '../data/data-set.ts';
import { editSample } from '../editable/edit-sample.ts';
import { editableObjective } from '../editable/editable-objective.ts';
import type { Engine, ValueMap } from '../engine/engine.ts';
import { parameterShapes, statisticShapes } from '../network/architecture.ts';
import { initialWeights } from '../network/initialise.ts';
import type { Weights } from '../network/weights.ts';
import { adamRate } from './adam.ts';
import { crossEntropyObjective } from './cross-entropy-objective.ts';
import { LossCurve } from './loss-curve.ts';
import { scheduledShare } from './schedule.ts';
import { TrainingError } from './training-error.ts';
import { checkPlan, planFingerprint, type TrainingPlan } from './training-plan.ts';
import { TrainingState } from './training-state.ts';
import { trainingStep } from './training-step.ts';

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
  readonly data: DataSet;
  readonly plan: TrainingPlan;
  /** Where the checkpoint is written. */
  readonly path: string;
  /** Seconds between checkpoints. */
  readonly interval: number;
  /** Weights to start from, where `plan.startDigest` names them. */
  readonly start: Weights | null;
  /** A checkpoint of the same plan and data to go on from. */
  readonly resume: Checkpoint | null;
  readonly onProgress: (progress: TrainingProgress) => void;
}

/**
 * Trains a network and leaves its checkpoint at `path`. Killed at any moment, it goes on from the last
 * checkpoint to the very weights that it would have reached.
 * @throws TrainingError OPTIONS_INVALID, OPTIONS_CHANGED, DATA_CHANGED, or DIVERGED when the loss or a
 *   weight is no finite number any more; the last checkpoint stays
 */
export async function train(run: TrainingRun): Promise<Checkpoint> {
  const { engine, data, plan, resume } = run;
  checkPlan(plan);
  if (resume) checkResume(run, resume);
  const { architecture, batchSize, seed } = plan;
  const batches = trainingBatches(data.train, data.preprocessing, { batchSize, seed });
  const steps = plan.epochs * batches.perEpoch;
  const learned = [...parameterShapes(architecture).keys()];
  const compiled = engine.compile(
    trainingStep(
      learned,
      [...statisticShapes(architecture).keys()],
      plan.editable
        ? editableObjective(architecture, plan.editable)
        : crossEntropyObjective(architecture),
    ),
  );
  const weights = resume?.weights ?? run.start ?? initialWeights(architecture, seed);
  const state = new TrainingState(engine, learned, weights, resume?.moments ?? null);
  const curve = new LossCurve(resume?.training.curve ?? []);
  const save = async (step: number): Promise<Checkpoint> => {
    const { weights, moments } = await state.read();
    if (!allFinite(weights)) throw diverged(run, step);
    const training = {
      epoch: Math.floor(step / batches.perEpoch),
      step,
      seed,
      optionsFingerprint: planFingerprint(plan),
      curve: curve.points,
    };
    const checkpoint = { architecture, training, dataSet: trainedOn(data), weights, moments };
    await saveCheckpoint(run.path, checkpoint);
    return checkpoint;
  };

  let saved = Date.now();
  try {
    for (let step = resume?.training.step ?? 0; step < steps; step++) {
      const epoch = Math.floor(step / batches.perEpoch);
      const batch = batches.batch(epoch, step % batches.perEpoch);
      const rate = plan.learningRate * scheduledShare(plan.schedule, step, steps);
      const inputs = uploadBatch(run, batch, step, adamRate(rate, step + 1));
      const outputs = await compiled.run({ ...state.inputs, ...inputs });
      for (const value of Object.values(inputs)) value.dispose();
      const { correct, ...report } = await state.advance(outputs);
      if (!Number.isFinite(report.loss)) throw diverged(run, step + 1);
      curve.add(step + 1, { ...report, accuracy: correct! / batchSize });
      run.onProgress({
        step: step + 1,
        steps,
        epoch,
        pictures: (step + 1) * batchSize,
        latest: curve.points.at(-1)!,
      });
      if (step + 1 < steps && Date.now() - saved >= run.interval * 1000) {
        await save(step + 1);
        saved = Date.now();
      }
    }
    return await save(steps);
  } finally {
    state.dispose();
    await compiled.dispose();
  }
}

/** What a checkpoint records of the data. */
export function trainedOn(data: DataSet): TrainedOn {
  return {
    name: data.name,
    fingerprint: data.fingerprint(),
    labelNames: data.train.labelNames,
    preprocessing: data.preprocessing,
  };
}

function uploadBatch(
  { engine, data, plan }: TrainingRun,
  { images, oneHot, count }: { images: Float32Array; oneHot: Float32Array; count: number },
  step: number,
  rate: number,
): ValueMap {
  const { height, width } = data.preprocessing;
  const { classes } = plan.architecture;
  const inputs: ValueMap = {
    images: engine.upload(images, [count, 3, height, width]),
    oneHot: engine.upload(oneHot, [count, classes]),
    rate: engine.upload(Float32Array.of(rate), []),
  };
  if (plan.editable) {
    const sample = editSample(data, plan.seed, step);
    inputs.editImage = engine.upload(sample.image, [1, 3, height, width]);
    inputs.editOneHot = engine.upload(sample.oneHot, [1, classes]);
  }
  return inputs;
}

function checkResume({ path, plan, data }: TrainingRun, { training, dataSet }: Checkpoint): void {
  const advice = 'Name another checkpoint, or remove this one to start anew.';
  if (training.optionsFingerprint !== planFingerprint(plan)) {
    throw new TrainingError(
      'OPTIONS_CHANGED',
      `${path} was trained with other options, so that this run cannot go on from it. ${advice}`,
    );
  }
  if (dataSet.fingerprint !== data.fingerprint()) {
    throw new TrainingError(
      'DATA_CHANGED',
      `${path} was trained on other pictures than ${data.name} holds now. ${advice}`,
    );
  }
}

function allFinite(weights: Weights): boolean {
  return [...weights.values()].every(({ data }) => data.every(Number.isFinite));
}

function diverged({ path }: TrainingRun, step: number): TrainingError {
  return new TrainingError(
    'DIVERGED',
    `The loss or a weight is no finite number at update ${step}; lower the learning rate. ${path} is as the last checkpoint left it.`,
  );
}
