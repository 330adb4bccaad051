import { createHash } from 'node:crypto';
import type { EditableOptions } from '../editable/editable-options.ts';
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
  /** Of Adam, decoupled: the share that weights lose in an update, over the learning rate. 0 for none. */
  readonly weightDecay: number;
  /** Side of the square that is hidden of each picture, in pixels; 0 for none. */
  readonly cutout: number;
  /** Gradients are scaled down to this joint norm; null leaves them alone. */
  readonly clipNorm: number | null;
  readonly seed: number;
  /** The share of the training set that is held out to choose the best epoch by; 0 holds out none. */
  readonly validation: number;
  /** Editable Training's own options, or null for ordinary training. */
  readonly editable: EditableOptions | null;
  /** Digest of the weights to start from, or null to start from scratch. */
  readonly startDigest: string | null;
  /** Digest of the teacher's weights, whose answers then stand for the labels, or null. */
  readonly teacherDigest: string | null;
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
  // Left out where there is none, as in the checkpoints of before they could be chosen.
  const regularisation = {
    weightDecay: plan.weightDecay || undefined,
    cutout: plan.cutout || undefined,
  };
  return createHash('sha256')
    .update(JSON.stringify({ ...plan, ...regularisation, editable }))
    .digest('hex');
}

/** How many pictures all updates together see, of a training set of `count`. */
export function plannedPictures({ epochs, batchSize, validation }: TrainingPlan, count: number) {
  const trained = count - Math.round(count * validation);
  return epochs * Math.floor(trained / batchSize) * batchSize;
}

/** @throws TrainingError OPTIONS_INVALID naming the option */
export function checkPlan(plan: TrainingPlan): void {
  const whole = (name: string, value: number) => {
    if (!Number.isInteger(value) || value < 1) {
      throw invalid(name, value, 'a whole number of at least 1');
    }
  };
  const { batchSize, clipNorm, editable, validation } = plan;
  whole('epochs', plan.epochs);
  whole('batch size', batchSize);
  whole('width', plan.architecture.width);
  if (batchSize < 2) throw invalid('batch size', batchSize, 'at least 2');
  if (!(plan.learningRate > 0)) throw invalid('learning rate', plan.learningRate, 'above 0');
  if (clipNorm !== null && !(clipNorm > 0)) throw invalid('clip', clipNorm, 'above 0');
  if (!(plan.weightDecay >= 0 && plan.weightDecay * plan.learningRate < 1)) {
    const wanted = 'at least 0, and less than 1 over the learning rate';
    throw invalid('weight decay', plan.weightDecay, wanted);
  }
  if (!(Number.isInteger(plan.cutout) && plan.cutout >= 0)) {
    throw invalid('cutout', plan.cutout, 'a whole number of pixels');
  }
  if (!(validation >= 0 && validation < 1)) {
    throw invalid('validation', validation, 'a share of at least 0 and below 1');
  }
  if (!editable) return;
  whole('editor steps', editable.steps);
  whole('edits', editable.edits);
  if (editable.stages.length === 0) throw invalid('stages', 0, 'at least one stage');
  if (editable.stages.includes('extra') && !plan.architecture.extraBlock) {
    throw new TrainingError(
      'OPTIONS_INVALID',
      'The network has no stage "extra" to edit; give it one by --extra-block, or name another stage.',
    );
  }
  if (batchSize % editable.edits !== 0) {
    const wanted = `one that divides the batch of ${batchSize}: each edit answers for a part of it`;
    throw invalid('edits', editable.edits, wanted);
  }
}

function invalid(name: string, value: number, wanted: string): TrainingError {
  return new TrainingError('OPTIONS_INVALID', `The ${name} is ${value}; give ${wanted}.`);
}
