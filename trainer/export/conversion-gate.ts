import { ExportError } from '../../exporter/format/export-error.ts';
import { type FormKind, formName } from '../../exporter/format/form-kind.ts';
import { type Damage, measureDamage } from '../evaluation/damage.ts';
import { softmax, topClasses } from '../evaluation/top-class.ts';
import type { ConversionProbe, ProbedFix } from './conversion-probe.ts';

/** What a conversion may cost at most. Shares are between 0 and 1. */
export interface ConversionGate {
  /** Of the neighbours of a fix that had its label before. */
  readonly lostNeighbours: number;
  /** Of the control pictures, those whose answer is another. */
  readonly changedAnswers: number;
  /** By how much the error on the control pictures rises. */
  readonly damage: number;
}

export const CONVERSION_GATE: ConversionGate = {
  lostNeighbours: 0.25,
  changedAnswers: 0.02,
  damage: 0.01,
};

/** What a conversion that passed was found to do. */
export interface ConversionReport {
  /** The least probability that a patched picture's label has; null without patches, or where later ones took all back. */
  readonly leastConfidence: number | null;
  /** Neighbours of all fixes that have the label, before and after. */
  readonly neighbours: { readonly before: number; readonly after: number };
  /** Control pictures whose answer is another. */
  readonly changedAnswers: number;
  readonly damage: Damage;
}

/**
 * Holds the answers of a converted network against those before: every fix must hold, most of its
 * neighbours keep the label, and the control set hardly change.
 * @param before logits [count,classes] of the probe's images, of the network as it was edited
 * @param after those of the converted one
 * @throws ExportError FIX_LOST or DAMAGE_EXCEEDED with the figures
 */
export function checkConversion(
  form: FormKind,
  probe: ConversionProbe,
  before: Float32Array,
  after: Float32Array,
  gate: ConversionGate,
): ConversionReport {
  const { control, controlStart } = probe;
  const classes = control.labelNames.length;
  const [oldTop, newTop] = [topClasses(before, classes), topClasses(after, classes)];
  const kept = checkFixes(form, probe, before, after, gate);
  const [old, converted] = [before, after].map((logits) => logits.subarray(controlStart * classes));
  const damage = measureDamage(control, old!, converted!);
  let changedAnswers = 0;
  for (let row = controlStart; row < probe.count; row++) {
    if (oldTop[row] !== newTop[row]) changedAnswers++;
  }
  if (
    changedAnswers > gate.changedAnswers * control.count ||
    damage.drawdown > gate.damage ||
    !after.every(Number.isFinite)
  ) {
    throw new ExportError(
      'DAMAGE_EXCEEDED',
      `${formName(form)} answers ${changedAnswers} of ${control.count} control pictures of ${control.name} otherwise, where ${percent(gate.changedAnswers)} may differ, and its error is ${percent(damage.errorAfter)} after ${percent(damage.errorBefore)}, where ${percent(gate.damage)} more is allowed.`,
    );
  }
  return {
    ...kept,
    changedAnswers,
    damage,
  };
}

/**
 * The part of `checkConversion` that is about the fixes alone. One that a later fix took back, by force, is
 * none of the conversion's.
 * @param before logits of the probe's images as far as `controlStart` at least
 * @throws ExportError FIX_LOST
 */
export function checkFixes(
  form: FormKind,
  probe: ConversionProbe,
  before: Float32Array,
  after: Float32Array,
  gate: ConversionGate,
): Pick<ConversionReport, 'leastConfidence' | 'neighbours'> {
  const { control, fixes } = probe;
  const classes = control.labelNames.length;
  const [oldTop, newTop] = [topClasses(before, classes), topClasses(after, classes)];
  const confidences = fixes
    .filter(({ label, picture, contested }) => !contested || oldTop[picture] === label)
    .map((fix) => checkFix(form, probe, fix, after));
  const neighbours = { before: 0, after: 0 };
  for (const { patch, label, neighbours: rows } of fixes) {
    const had = rows.filter((row) => oldTop[row] === label);
    const lost = had.filter((row) => newTop[row] !== label);
    neighbours.before += had.length;
    neighbours.after += rows.filter((row) => newTop[row] === label).length;
    if (lost.length <= gate.lostNeighbours * had.length) continue;
    throw new ExportError(
      'FIX_LOST',
      `${formName(form)} loses the fix of patch ${patch} around its picture: of ${had.length} neighbours with the label "${control.labelNames[label]}", ${lost.length} have another, where ${percent(gate.lostNeighbours)} may.`,
    );
  }
  return { leastConfidence: confidences.length > 0 ? Math.min(...confidences) : null, neighbours };
}

/** @returns the probability of the fix's label */
function checkFix(
  form: FormKind,
  { control }: ConversionProbe,
  { patch, label, picture }: ProbedFix,
  logits: Float32Array,
): number {
  const { labelNames } = control;
  const classes = labelNames.length;
  const row = logits.subarray(picture * classes, (picture + 1) * classes);
  const rival =
    topClasses(row, classes)[0] === label ? runnerUp(row, label) : topClasses(row, classes)[0]!;
  const margin = row[label]! - row[rival]!;
  if (margin > 0) return softmax(row)[label]!;
  throw new ExportError(
    'FIX_LOST',
    `${formName(form)} loses the fix of patch ${patch}: "${labelNames[label]}" is ${(-margin).toFixed(3)} nats behind "${labelNames[rival]}"; make the patch with a larger margin, or leave this form out.`,
  );
}

function runnerUp(row: Float32Array, label: number): number {
  const others = row.map((logit, index) => (index === label ? Number.NEGATIVE_INFINITY : logit));
  return topClasses(others, row.length)[0]!;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
