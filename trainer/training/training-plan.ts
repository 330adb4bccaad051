import { createHash } from 'node:crypto';
import type { EditableOptions } from '../editable/editable-objective.ts';
import type { Architecture } from '../network/architecture.ts';
import type { Schedule } from './schedule.ts';
import { TrainingError } from './training-error.ts';

/** All that decides how a training runs: the same plan, data and engine give the same network. */
export interface TrainingPlan {
  readonly architecture: Architecture;
  readonly epochs: number;
  readonly batchSize: number;
  /** The peak of the schedule. */
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly seed: number;
  /** Editable Training's own options, or null for ordinary training. */
  readonly editable: EditableOptions | null;
  /** Digest of the weights to start from, or null to start from scratch. */
  readonly startDigest: string | null;
}

/** A digest that tells plans apart, kept in the checkpoint. */
export function planFingerprint(plan: TrainingPlan): string {
  const editable = plan.editable && {
    ...plan.editable,
    editor: {
      name: plan.editable.editor.name,
      coefficients: plan.editable.editor.coefficients,
    },
  };
  return createHash('sha256')
    .update(JSON.stringify({ ...plan, editable }))
    .digest('hex');
}

/** @throws TrainingError OPTIONS_INVALID naming the option */
export function checkPlan(plan: TrainingPlan): void {
  const whole = (name: string, value: number) => {
    if (!Number.isInteger(value) || value < 1) {
      throw invalid(name, value, 'a whole number of at least 1');
    }
  };
  whole('epochs', plan.epochs);
  whole('batch size', plan.batchSize);
  whole('width', plan.architecture.width);
  if (plan.batchSize < 2) throw invalid('batch size', plan.batchSize, 'at least 2');
  if (!(plan.learningRate > 0)) throw invalid('learning rate', plan.learningRate, 'above 0');
  if (!plan.editable) return;
  whole('editor steps', plan.editable.steps);
  if (plan.editable.stages.length === 0) throw invalid('stages', 0, 'at least one stage');
}

function invalid(name: string, value: number, wanted: string): TrainingError {
  return new TrainingError('OPTIONS_INVALID', `The ${name} is ${value}; give ${wanted}.`);
}
