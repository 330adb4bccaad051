import { type Checkpoint, saveCheckpoint, type TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { TrainedOn } from '../checkpoint/checkpoint-metadata.ts';
import type { DataSet } from '../data/data-set.ts';
import { splitValidation } from '../data/picture-set.ts';
import { editableObjective } from '../editable/editable-objective.ts';
import { editingOf, initialCoefficients } from '../editable/learned-coefficients.ts';
import type { Engine } from '../engine/engine.ts';
import { parameterShapes, statisticShapes } from '../network/architecture.ts';
import { initialWeights } from '../network/initialise.ts';
import type { Weights } from '../network/weights.ts';
import { crossEntropyLoss, distillationLoss } from './base-loss.ts';
import { bestEpoch, bestPath } from './best-epoch.ts';
import { LossCurve } from './loss-curve.ts';
import type { Objective } from './objective.ts';
import { ordinaryObjective } from './ordinary-objective.ts';
import { TrainingError } from './training-error.ts';
import { checkPlan, planFingerprint, type TrainingPlan } from './training-plan.ts';
import { type HostState, TrainingState } from './training-state.ts';
import { trainingStep } from './training-step.ts';
import { InputSource } from './update-inputs.ts';
import { Validation } from './validation.ts';

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

/**
 * Trains a network and leaves its checkpoint at `path`. Killed at any moment, it goes on from the last
 * checkpoint to the very weights that it would have reached. Where the plan holds pictures out, the
 * network is measured on them after every epoch, and the best one is kept beside the checkpoint.
 * @throws TrainingError OPTIONS_INVALID, OPTIONS_CHANGED, DATA_CHANGED, TEACHER_MISMATCH, or DIVERGED
 *   when the loss or a weight is no finite number any more; the last checkpoint stays
 * @throws DataError SELECTION_INVALID when a batch or the validation set would be empty
 */
export async function train(run: TrainingRun): Promise<Checkpoint> {
  const { engine, data, plan, teacher, resume } = run;
  checkPlan(plan);
  if (resume) checkResume(run, resume);
  const { architecture, seed, editable } = plan;
  const held = plan.validation > 0 ? splitValidation(data.train, plan.validation, seed) : null;
  const pictures = held?.train ?? data.train;
  const source = new InputSource({ engine, data, pictures, plan, teacher });
  const { perEpoch, steps } = source;
  const validation =
    held &&
    new Validation({
      engine,
      architecture,
      pictures: held.validation,
      preprocessing: data.preprocessing,
      editable,
      seed,
      teacher,
    });
  const coefficients =
    resume?.coefficients ?? (editable ? initialCoefficients(editable) : new Map());
  const weights = resume?.weights ?? run.start ?? initialWeights(architecture, seed);
  const learned = [...parameterShapes(architecture).keys(), ...coefficients.keys()];
  const statistics = [...statisticShapes(architecture).keys()];
  const compiled = engine.compile(
    trainingStep(learned, statistics, objectiveOf(plan), plan.clipNorm),
  );
  const all = new Map([...weights, ...coefficients]);
  const state = new TrainingState(engine, learned, all, resume?.moments ?? null);
  const curve = new LossCurve(resume?.training.curve ?? []);

  const readState = async (step: number): Promise<HostState> => {
    const host = await state.read();
    if (![host.weights, host.coefficients].every(allFinite)) throw diverged(run, step);
    return host;
  };
  const describe = ({ coefficients }: HostState, step: number) => ({
    architecture,
    training: {
      epoch: Math.floor(step / perEpoch),
      step,
      seed,
      optionsFingerprint: planFingerprint(plan),
      curve: curve.points,
    },
    dataSet: trainedOn(data),
    ...(editable && { editing: editingOf(editable, coefficients) }),
  });
  const save = async (step: number): Promise<Checkpoint> => {
    const host = await readState(step);
    const checkpoint = { ...describe(host, step), ...host };
    await saveCheckpoint(run.path, checkpoint);
    return checkpoint;
  };
  const validate = async (step: number): Promise<void> => {
    const host = await readState(step);
    curve.mark(step, { epoch: step / perEpoch, ...(await validation!.measure(host)) });
    if (bestEpoch(curve.points)!.step !== step) return;
    await saveCheckpoint(bestPath(run.path), { ...describe(host, step), weights: host.weights });
  };

  let saved = Date.now();
  try {
    for (let step = resume?.training.step ?? 0; step < steps; step++) {
      const { values, report: drawn } = await source.inputs(step, state.inputs);
      const outputs = await compiled.run({ ...state.inputs, ...values });
      for (const value of Object.values(values)) value.dispose();
      const report = await state.advance(outputs);
      if (!Number.isFinite(report.loss)) throw diverged(run, step + 1);
      curve.add(step + 1, { ...report, ...drawn });
      const latest = curve.points.at(-1)!;
      const done = step + 1;
      if (validation && done % perEpoch === 0) await validate(done);
      run.onProgress({
        step: done,
        steps,
        epoch: Math.floor(step / perEpoch),
        pictures: done * plan.batchSize,
        latest,
      });
      if (done < steps && Date.now() - saved >= run.interval * 1000) {
        await save(done);
        saved = Date.now();
      }
    }
    return await save(steps);
  } finally {
    state.dispose();
    await compiled.dispose();
    await source.dispose();
  }
}

function objectiveOf({ architecture, editable, teacherDigest }: TrainingPlan): Objective {
  const baseLoss = teacherDigest === null ? crossEntropyLoss : distillationLoss;
  return editable
    ? editableObjective(architecture, editable, baseLoss)
    : ordinaryObjective(architecture, baseLoss);
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
