import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { plainBatch } from '../data/batches.ts';
import { type PictureSet, subset } from '../data/picture-set.ts';
import { randomFor } from '../data/random.ts';
import { chooseEdits, type EditPolicy } from '../editable/edit-policy.ts';
import type { EditableOptions } from '../editable/editable-options.ts';
import { EditRunner } from '../editor/apply-editor.ts';
import { firstStage } from '../editor/first-stage.ts';
import type { Engine } from '../engine/engine.ts';
import { SuffixScorer } from '../evaluation/suffix-scorer.ts';
import type { Architecture } from '../network/architecture.ts';
import type { Weights } from '../network/weights.ts';
import { accuracyOf } from './accuracy.ts';

/** Edits that are made to see how well a network can be edited. */
const EDITS = 20;

/** Steps that each may take, as in the paper. */
const EDIT_STEPS = 10;

/** Pictures, at most, that drawdown is measured on. */
const CONTROL_PICTURES = 1000;

export interface MeasuredEdit {
  readonly success: boolean;
  readonly steps: number;
  /** By how much the share of right answers fell. */
  readonly drawdown: number;
}

/** A network, and the pictures that edits of it are drawn from and measured on. */
export interface EditedValidation {
  readonly engine: Engine;
  readonly architecture: Architecture;
  readonly weights: Weights;
  readonly pictures: PictureSet;
  /** Of the network on the pictures, [N,classes]. */
  readonly logits: Float32Array;
  readonly preprocessing: Preprocessing;
  readonly seed: number;
}

/** Makes twenty edits, drawn by the training's own policy, each from the network as it is. */
export async function measureEdits(
  { engine, architecture, weights, pictures, logits, preprocessing, seed }: EditedValidation,
  { editor, margin, stages, policy }: EditableOptions,
): Promise<MeasuredEdit[]> {
  const { height, width } = preprocessing;
  const settings = { editor, stages, margin, maxSteps: EDIT_STEPS };
  const runner = new EditRunner(engine, architecture, settings);
  const network = { architecture, weights, preprocessing };
  const scorer = new SuffixScorer(engine, network, { keepBefore: [firstStage(stages)] });
  try {
    const control = await scorer.prepare(firstOf(pictures, CONTROL_PICTURES));
    const before = accuracyOf(control.logits, control.set);
    const measured: MeasuredEdit[] = [];
    for (const { picture, label } of drawEdits(policy, pictures, logits, seed)) {
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

/** Goes through the pictures in the same order at every epoch, so that epochs compare. */
function drawEdits(
  policy: EditPolicy,
  pictures: PictureSet,
  logits: Float32Array,
  seed: number,
): { picture: number; label: number }[] {
  const { count, labels, labelNames } = pictures;
  const classes = labelNames.length;
  const random = randomFor(seed, 'validation edits');
  const order = random.shuffle(Uint32Array.from({ length: count }, (_, index) => index));
  const ordered = new Float32Array(logits.length);
  order.forEach((picture, row) => {
    const answers = logits.subarray(picture * classes, (picture + 1) * classes);
    ordered.set(answers, row * classes);
  });
  const candidates = {
    labels: Array.from(order, (picture) => labels[picture]!),
    logits: ordered,
    classes,
  };
  return chooseEdits(policy, Math.min(EDITS, count), candidates, random).map(
    ({ candidate, label }) => ({ picture: order[candidate]!, label }),
  );
}

function firstOf(pictures: PictureSet, count: number): PictureSet {
  if (pictures.count <= count) return pictures;
  const indices = Uint32Array.from({ length: count }, (_, index) => index);
  return subset(pictures, indices);
}
