import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { splitValidation } from '../data/picture-set.ts';
import { editableObjective } from '../editable/editable-objective.ts';
import { initialCoefficients } from '../editable/learned-coefficients.ts';
import type { Compiled } from '../engine/engine.ts';
import { parameterShapes, statisticShapes } from '../network/architecture.ts';
import { initialWeights } from '../network/initialise.ts';
import { disposeValues, type Weights } from '../network/weights.ts';
import { crossEntropyLoss, distillationLoss } from './base-loss.ts';
import type { Objective } from './objective.ts';
import { ordinaryObjective } from './ordinary-objective.ts';
import { checkPlan, type TrainingPlan } from './training-plan.ts';
import { TrainingRecord } from './training-record.ts';
import { checkResume, diverged, type TrainingRun } from './training-run.ts';
import { TrainingState } from './training-state.ts';
import { trainingStep } from './training-step.ts';
import { InputSource } from './update-inputs.ts';
import { Validation } from './validation.ts';

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
  checkResume(run);
  const held = plan.validation > 0 ? splitValidation(data.train, plan.validation, plan.seed) : null;
  const pictures = held?.train ?? data.train;
  const source = new InputSource({ engine, data, pictures, plan, teacher });
  const { perEpoch, steps } = source;
  const validation =
    held &&
    new Validation({
      engine,
      architecture: plan.architecture,
      pictures: held.validation,
      preprocessing: data.preprocessing,
      editable: plan.editable,
      seed: plan.seed,
      teacher,
    });
  const coefficients = startingCoefficients(run);
  const learned = [...parameterShapes(plan.architecture).keys(), ...coefficients.keys()];
  const compiled = compiledStep(run, learned);
  const start = new Map([...startingWeights(run), ...coefficients]);
  const state = new TrainingState(engine, learned, start, resume?.moments ?? null);
  const record = new TrainingRecord(run, perEpoch);

  let saved = Date.now();
  try {
    for (let step = resume?.training.step ?? 0; step < steps; step++) {
      const done = step + 1;
      const { values, report: drawn } = await source.inputs(step, state.inputs);
      const outputs = await compiled.run({ ...state.inputs, ...values });
      disposeValues(values);
      const report = await state.advance(outputs);
      if (!Number.isFinite(report.loss)) throw diverged(run, done);
      record.curve.add(done, { ...report, ...drawn });
      const latest = record.curve.points.at(-1)!;
      if (validation && done % perEpoch === 0) {
        const host = await state.read();
        await record.saveBest(done, host, await validation.measure(host));
      }
      const epoch = Math.floor(step / perEpoch);
      run.onProgress({ step: done, steps, epoch, pictures: done * plan.batchSize, latest });
      if (done < steps && Date.now() - saved >= run.interval * 1000) {
        await record.saveLatest(done, await state.read());
        saved = Date.now();
      }
    }
    return await record.saveLatest(steps, await state.read());
  } finally {
    state.dispose();
    await compiled.dispose();
    await source.dispose();
  }
}

function startingWeights({ plan, start, resume }: TrainingRun): Weights {
  return resume?.weights ?? start ?? initialWeights(plan.architecture, plan.seed);
}

function startingCoefficients({ plan, resume }: TrainingRun): Weights {
  return resume?.coefficients ?? (plan.editable ? initialCoefficients(plan.editable) : new Map());
}

function compiledStep({ engine, plan }: TrainingRun, learned: readonly string[]): Compiled {
  const statistics = [...statisticShapes(plan.architecture).keys()];
  return engine.compile(trainingStep(learned, statistics, objectiveOf(plan), plan.clipNorm));
}

function objectiveOf({ architecture, editable, teacherDigest }: TrainingPlan): Objective {
  const baseLoss = teacherDigest === null ? crossEntropyLoss : distillationLoss;
  return editable
    ? editableObjective(architecture, editable, baseLoss)
    : ordinaryObjective(architecture, baseLoss);
}
