import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { plainBatch } from '../data/batches.ts';
import { type PictureSet, subset } from '../data/picture-set.ts';
import { randomFor } from '../data/random.ts';
import { candidateCount, chooseEdits } from '../editable/edit-policy.ts';
import type { EditableOptions } from '../editable/editable-options.ts';
import { learnedEditor } from '../editable/learned-coefficients.ts';
import { EditRunner } from '../editor/apply-editor.ts';
import { firstStage } from '../editor/first-stage.ts';
import type { Engine } from '../engine/engine.ts';
import { Classifier } from '../evaluation/classifier.ts';
import { SuffixScorer } from '../evaluation/suffix-scorer.ts';
import { topClasses } from '../evaluation/top-class.ts';
import type { Architecture } from '../network/architecture.ts';
import type { Weights } from '../network/weights.ts';

/** Edits that are made to see how well a network can be edited. */
const EDITS = 20;

/** Steps that each may take, as in the paper. */
const EDIT_STEPS = 10;

/** Pictures, at most, that drawdown is measured on. */
const CONTROL_PICTURES = 1000;

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

/** What is being trained, between two updates. */
export interface NetworkState {
  readonly weights: Weights;
  /** See `Checkpoint`. */
  readonly coefficients: Weights;
}

/** Measures networks on the pictures that were held out of training. */
export class Validation {
  #options: ValidationOptions;
  #labelled: Promise<PictureSet>;

  constructor(options: ValidationOptions) {
    this.#options = options;
    this.#labelled = labelled(options);
    this.#labelled.catch(() => {});
  }

  /**
   * Figures for the loss curve, shares all of them but the steps: `validationAccuracy` and, of Editable
   * Training, `validationSuccess`, `validationDrawdown` and `validationSteps` of twenty edits, each made
   * by itself, drawn by the training's own policy. `validationScore` is what epochs are compared by: the
   * accuracy or, of Editable Training, the accuracy after an edit, the mean over the edits, where one
   * that fails counts as 0.
   */
  async measure(state: NetworkState): Promise<Record<string, number>> {
    const { engine, architecture, preprocessing, editable } = this.#options;
    const pictures = await this.#labelled;
    const logits = await logitsOf(engine, architecture, state.weights, pictures, preprocessing);
    const accuracy = accuracyOf(logits, pictures);
    if (!editable) return { validationAccuracy: accuracy, validationScore: accuracy };
    const edits = await this.#measureEdits(editable, state, pictures, logits);
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

  async #measureEdits(
    editable: EditableOptions,
    { weights, coefficients }: NetworkState,
    pictures: PictureSet,
    logits: Float32Array,
  ): Promise<MeasuredEdit[]> {
    const { engine, architecture, preprocessing, seed } = this.#options;
    const { margin, stages, policy } = editable;
    const { height, width } = preprocessing;
    const runner = new EditRunner(engine, architecture, {
      editor: learnedEditor(editable.editor, coefficients),
      stages,
      margin,
      maxSteps: EDIT_STEPS,
    });
    const network = { architecture, weights, preprocessing };
    const scorer = new SuffixScorer(engine, network, { keepBefore: [firstStage(stages)] });
    try {
      const control = await scorer.prepare(firstOf(pictures, CONTROL_PICTURES));
      const before = accuracyOf(control.logits, control.set);
      const measured: MeasuredEdit[] = [];
      for (const { picture, label } of chosenEdits(policy, pictures, logits, seed)) {
        const { images } = plainBatch(pictures, [picture], preprocessing);
        const edit = await runner.edit(weights, { image: images, height, width, label });
        const edited = { weights: new Map([...weights, ...edit.changed]), overrides: [] };
        const after = accuracyOf(await scorer.logits(control, edited), control.set);
        measured.push({ success: edit.success, steps: edit.steps, drawdown: before - after });
      }
      return measured;
    } finally {
      await scorer.dispose();
      await runner.dispose();
    }
  }
}

interface MeasuredEdit {
  readonly success: boolean;
  readonly steps: number;
  readonly drawdown: number;
}

/** The same candidates at every epoch, so that epochs compare. */
function chosenEdits(
  policy: EditableOptions['policy'],
  pictures: PictureSet,
  logits: Float32Array,
  seed: number,
): { picture: number; label: number }[] {
  const classes = pictures.labelNames.length;
  const random = randomFor(seed, 'validation edits');
  const order = random.shuffle(Uint32Array.from({ length: pictures.count }, (_, index) => index));
  const edits = Math.min(EDITS, pictures.count);
  const chosen = [...order.subarray(0, candidateCount(policy, edits))];
  const candidates = {
    labels: chosen.map((picture) => pictures.labels[picture]!),
    logits: Float32Array.from(
      chosen.flatMap((picture) => [...logits.subarray(picture * classes, (picture + 1) * classes)]),
    ),
    classes,
  };
  return chooseEdits(policy, edits, candidates, random).map(({ candidate, label }) => ({
    picture: chosen[candidate]!,
    label,
  }));
}

async function labelled(options: ValidationOptions): Promise<PictureSet> {
  const { engine, pictures, preprocessing, teacher } = options;
  if (!teacher) return pictures;
  const { architecture, weights } = teacher;
  const logits = await logitsOf(engine, architecture, weights, pictures, preprocessing);
  return { ...pictures, labels: topClasses(logits, architecture.classes) };
}

async function logitsOf(
  engine: Engine,
  architecture: Architecture,
  weights: Weights,
  pictures: PictureSet,
  preprocessing: Preprocessing,
): Promise<Float32Array> {
  const classifier = new Classifier(engine, architecture);
  try {
    return await classifier.logitsOfSet(weights, pictures, preprocessing);
  } finally {
    await classifier.dispose();
  }
}

function firstOf(pictures: PictureSet, count: number): PictureSet {
  if (pictures.count <= count) return pictures;
  return subset(
    pictures,
    Uint32Array.from({ length: count }, (_, index) => index),
  );
}

function accuracyOf(logits: Float32Array, { labels, count, labelNames }: PictureSet): number {
  const answers = topClasses(logits, labelNames.length);
  return answers.reduce((sum, answer, row) => sum + Number(answer === labels[row]), 0) / count;
}
