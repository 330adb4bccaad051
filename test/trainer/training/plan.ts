import {
  EDITABLE_DEFAULTS,
  type EditableOptions,
} from '../../../trainer/editable/editable-options.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import type { TrainingPlan } from '../../../trainer/training/training-plan.ts';

/** Editable Training with every term heavy enough to matter. */
export const EDITABLE: EditableOptions = {
  ...EDITABLE_DEFAULTS,
  editor: gradientDescent(0.05),
  steps: 2,
  editWeight: 0.1,
  localityWeight: 0.1,
};

/** Four epochs of six updates over the striped pictures, with the smallest network. */
export function smallPlan(changes: Partial<TrainingPlan> = {}): TrainingPlan {
  return {
    architecture: { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 },
    epochs: 4,
    batchSize: 8,
    learningRate: 1e-2,
    schedule: 'one-cycle',
    weightDecay: 0,
    cutout: 0,
    clipNorm: null,
    seed: 1,
    validation: 0,
    editable: null,
    startDigest: null,
    teacherDigest: null,
    ...changes,
  };
}
