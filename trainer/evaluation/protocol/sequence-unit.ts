import { type PictureSet, pictureAt } from '../../data/picture-set.ts';
import type { EditedModel, EditMethod } from '../../editor/edit-method.ts';
import type { UnitOutcome } from '../run/run-evaluation.ts';
import { drawdown } from '../statistics/flips-per-class.ts';
import { controlFlips, type Judge } from './judge.ts';
import type { PlannedEdit } from './planned-edit.ts';
import { weightDrift } from './weight-drift.ts';

/** After how many edits a sequence is looked at. */
export const MARKS = [1, 10, 25, 50, 100] as const;

/** The marks that a sequence of `edits` edits passes, and its end. */
export function marksOf(edits: number): number[] {
  return [...MARKS.filter((mark) => mark < edits), edits];
}

/**
 * Makes edits on top of each other, a failed one as far as it got, and follows the damage against the
 * network before the first; none of the sequence's own pictures counts as damage.
 */
export async function judgeSequence(
  judge: Judge,
  method: EditMethod,
  network: EditedModel,
  set: PictureSet,
  edits: readonly PlannedEdit[],
): Promise<UnitOutcome> {
  const excluded = new Set(edits.map(({ picture }) => picture));
  const pictures = edits.map(({ picture }) => pictureAt(set, picture));
  const probe = await judge.probe(pictures[0]!, [{ name: 'rest', pictures: pictures.slice(1) }]);
  const made: {
    picture: number;
    label: number;
    success: boolean;
    steps: number;
    drawdown: number;
  }[] = [];
  const marks: { edits: number; retention: number; drift: number }[] = [];
  const editMilliseconds: number[] = [];
  const marked = marksOf(edits.length);
  try {
    let model = network;
    for (const [index, { picture, label }] of edits.entries()) {
      const began = performance.now();
      const edit = await method.edit(model, { picture: pictures[index]!, label });
      editMilliseconds.push(performance.now() - began);
      model = edit.model;
      const [clean] = await judge.controlAnswers(model, ['clean']);
      const answers = await judge.answers(probe, model);
      made.push({
        picture,
        label,
        success: edit.success && answers[index] === label,
        steps: edit.steps,
        drawdown: drawdown(controlFlips(clean!, excluded)),
      });
      const count = index + 1;
      if (!marked.includes(count)) continue;
      const held = edits.slice(0, count).filter((each, place) => answers[place] === each.label);
      const drift = weightDrift(network.weights, model.weights);
      marks.push({ edits: count, retention: held.length / count, drift });
    }
  } finally {
    await probe.prepared.dispose();
  }
  return { record: { kind: 'sequence', edits: made, marks }, editMilliseconds };
}
