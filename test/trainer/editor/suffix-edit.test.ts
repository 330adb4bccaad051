import { describe, expect, test } from 'vitest';
import { EditRunner } from '../../../trainer/editor/apply-editor.ts';
import { withCoefficients } from '../../../trainer/editor/coefficients.ts';
import { editableNames } from '../../../trainer/editor/editable-names.ts';
import { EDITORS, UNROLLED_EDITOR_NAMES } from '../../../trainer/editor/editors.ts';
import type { Architecture, Stage } from '../../../trainer/network/architecture.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import { RandomArrays } from '../engine/float64/random-array.ts';
import { randomWeights } from '../export/random-network.ts';
import { toFloat64, type Weights64 } from '../network/resnet18-float64.ts';
import { constraint64, constraintGradient64 } from './constraint-float64.ts';
import { Editor64 } from './editor-float64.ts';

const architecture: Architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 };
const weights = randomWeights(architecture, 31);
const start64 = toFloat64(weights);
const picture = new RandomArrays(32).between(-2, 2, [1, 3, 8, 8]);
const image = Float32Array.from(picture.data);
const losses = [0, 1, 2].map((label) => constraint64(start64, picture, label));
const wanted = losses.indexOf(Math.max(...losses));
const STEPS = 3;
const NEVER = 1e6;

/** The edit by its definition: every step passes the whole network, in double precision. */
function editWhole(name: string, rate: number, stages: readonly Stage[]): Weights64 {
  const editor = withCoefficients(EDITORS[name]!, { rate });
  const values = Object.entries(editor.coefficients).map(([each, { value }]) => [each, value]);
  const rule = new Editor64(name, Object.fromEntries(values));
  let current: Weights64 = start64;
  for (let step = 0; step < STEPS; step++) {
    const edited = new Map(
      editableNames(current, stages).map((each) => [each, current.get(each)!]),
    );
    const gradients = constraintGradient64(current, picture, wanted);
    current = new Map([...current, ...rule.step(edited, gradients)]);
  }
  return current;
}

const cases = [
  ...UNROLLED_EDITOR_NAMES.map((name) => [name, ['layer3']] as const),
  ['gradient-descent', ['stem', 'layer2']] as const,
  ['rmsprop', ['layer2', 'layer4']] as const,
  ['rmsprop', ['head']] as const,
];

describeEveryEngine((engine) => {
  describe('editing from the first edited stage on is editing the whole network', () => {
    test.each(cases)('%s on %j', async (name, stages: readonly Stage[]) => {
      const rate = 2e-3;
      const editor = withCoefficients(EDITORS[name]!, { rate });
      const settings = { editor, stages, margin: NEVER, maxSteps: STEPS };
      const runner = new EditRunner(engine, architecture, settings);
      const task = { image, height: 8, width: 8, label: wanted };
      const { changed, lossBefore, lossAfter } = await runner.edit(weights, task);
      await runner.dispose();
      const expected = editWhole(name, rate, stages);
      expect(lossBefore).toBeCloseTo(losses[wanted]!, 4);
      const after = constraint64(expected, picture, wanted);
      expect(Math.abs(lossAfter - after)).toBeLessThan(1e-3 * Math.abs(after - losses[wanted]!));
      let moved = 0;
      let apart = 0;
      for (const [each, { data }] of changed) {
        const before = start64.get(each)!.data;
        const reference = expected.get(each)!.data;
        data.forEach((value, at) => {
          moved += (reference[at]! - before[at]!) ** 2;
          apart += (reference[at]! - value) ** 2;
        });
      }
      expect(moved).toBeGreaterThan(0);
      expect(Math.sqrt(apart / moved)).toBeLessThan(1e-3);
    });
  });
});
