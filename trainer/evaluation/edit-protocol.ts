import { plainBatch } from '../data/batches.ts';
import type { DataSet } from '../data/data-set.ts';
import { randomFor } from '../data/random.ts';
import { EditRunner, type EditSettings } from '../editor/apply-editor.ts';
import type { Engine } from '../engine/engine.ts';
import type { Architecture } from '../network/architecture.ts';
import type { Weights } from '../network/weights.ts';
import { Classifier } from './classifier.ts';
import { measureDamage } from './damage.ts';

/** A test picture and the label that an edit is to give it. */
export interface PlannedEdit {
  readonly picture: number;
  readonly label: number;
}

export interface EditProtocolReport {
  readonly edits: number;
  readonly successRate: number;
  /** Means over all edits, failed ones included. */
  readonly meanDrawdown: number;
  readonly meanSteps: number;
  readonly meanNegativeFlips: number;
}

/**
 * Test pictures without repetition, each with a label drawn from those the network does not answer
 * (Sinitsin et al. 2020, section 5, draws from all: a tenth of its edits ask for nothing).
 * @param top the network's answers, one a test picture
 */
export function randomEdits(
  data: DataSet,
  top: ArrayLike<number>,
  count: number,
  seed: number,
): PlannedEdit[] {
  const random = randomFor(seed, 'evaluated edits');
  const order = Uint32Array.from({ length: data.test.count }, (_, picture) => picture);
  random.shuffle(order);
  const classes = data.test.labelNames.length;
  return Array.from(order.subarray(0, count), (picture) => {
    const label = (top[picture]! + 1 + random.integer(classes - 1)) % classes;
    return { picture, label };
  });
}

/** Makes each edit by itself, always from `weights`, and measures its damage on the whole test set. */
export async function evaluateEdits(
  engine: Engine,
  architecture: Architecture,
  weights: Weights,
  data: DataSet,
  settings: EditSettings,
  edits: readonly PlannedEdit[],
  onEdit: (done: number) => void,
): Promise<EditProtocolReport> {
  const { test, preprocessing } = data;
  const classifier = new Classifier(engine, architecture);
  const runner = new EditRunner(engine, architecture, settings);
  const totals = { successes: 0, drawdown: 0, steps: 0, negativeFlips: 0 };
  try {
    const before = await classifier.logitsOfSet(weights, test, preprocessing);
    for (const [index, { picture, label }] of edits.entries()) {
      const { images } = plainBatch(test, [picture], preprocessing);
      const { height, width } = preprocessing;
      const edit = await runner.edit(weights, { image: images, height, width, label });
      const patched = new Map([...weights, ...edit.changed]);
      const after = await classifier.logitsOfSet(patched, test, preprocessing);
      const damage = measureDamage(test, before, after);
      totals.successes += edit.success ? 1 : 0;
      totals.drawdown += damage.drawdown;
      totals.steps += edit.steps;
      totals.negativeFlips += damage.negativeFlips.length;
      onEdit(index + 1);
    }
  } finally {
    await classifier.dispose();
    await runner.dispose();
  }
  const mean = (total: number) => total / edits.length;
  return {
    edits: edits.length,
    successRate: mean(totals.successes),
    meanDrawdown: mean(totals.drawdown),
    meanSteps: mean(totals.steps),
    meanNegativeFlips: mean(totals.negativeFlips),
  };
}
