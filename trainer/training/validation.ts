import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { PictureSet } from '../data/picture-set.ts';
import type { EditableOptions } from '../editable/editable-options.ts';
import { learnedEditor } from '../editable/learned-coefficients.ts';
import type { Engine } from '../engine/engine.ts';
import { Classifier } from '../evaluation/classifier.ts';
import { topClasses } from '../evaluation/top-class.ts';
import type { Architecture } from '../network/architecture.ts';
import type { Weights } from '../network/weights.ts';
import { accuracyOf } from './accuracy.ts';
import type { HostState } from './training-state.ts';
import { type MeasuredEdit, measureEdits } from './validation-edits.ts';

export interface ValidationOptions {
  readonly engine: Engine;
  readonly architecture: Architecture;
  readonly pictures: PictureSet;
  readonly preprocessing: Preprocessing;
  readonly editable: EditableOptions | null;
  readonly seed: number;
  /** The network whose answers stand for the labels, or null. */
  readonly teacher: TrainedNetwork | null;
}

/** Measures networks on the pictures that were held out of training. */
export class Validation {
  #options: ValidationOptions;
  #pictures: PictureSet | null = null;

  constructor(options: ValidationOptions) {
    this.#options = options;
  }

  /**
   * Figures for the loss curve, shares all of them but the steps: `validationAccuracy` and, of Editable
   * Training, `validationSuccess`, `validationDrawdown` and `validationSteps`, the means of twenty edits.
   * `validationScore` is what epochs are compared by: the accuracy or, of Editable Training, the accuracy
   * after an edit, the mean over the edits, where one that fails counts as 0.
   */
  async measure({
    weights,
    coefficients,
  }: Omit<HostState, 'moments'>): Promise<Record<string, number>> {
    const { architecture, editable } = this.#options;
    this.#pictures ??= await this.#labelled();
    const pictures = this.#pictures;
    const logits = await this.#logits(architecture, weights);
    const accuracy = accuracyOf(logits, pictures);
    if (!editable) return { validationAccuracy: accuracy, validationScore: accuracy };
    const edits = await measureEdits(
      { ...this.#options, weights, pictures, logits },
      { ...editable, editor: learnedEditor(editable.editor, coefficients) },
    );
    const mean = (figure: (edit: MeasuredEdit) => number) =>
      edits.reduce((sum, edit) => sum + figure(edit), 0) / edits.length;
    return {
      validationAccuracy: accuracy,
      validationSuccess: mean(({ success }) => Number(success)),
      validationDrawdown: mean(({ drawdown }) => drawdown),
      validationSteps: mean(({ steps }) => steps),
      validationScore: mean(({ success, drawdown }) => (success ? accuracy - drawdown : 0)),
    };
  }

  /** The pictures, under the teacher's answers where there is one. */
  async #labelled(): Promise<PictureSet> {
    const { pictures, teacher } = this.#options;
    if (!teacher) return pictures;
    const logits = await this.#logits(teacher.architecture, teacher.weights);
    return { ...pictures, labels: topClasses(logits, teacher.architecture.classes) };
  }

  async #logits(architecture: Architecture, weights: Weights): Promise<Float32Array> {
    const { engine, pictures, preprocessing } = this.#options;
    const classifier = new Classifier(engine, architecture);
    try {
      return await classifier.logitsOfSet(weights, pictures, preprocessing);
    } finally {
      await classifier.dispose();
    }
  }
}
