import type * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { constraintLoss } from '../../../trainer/editor/constraint.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import * as f64 from '../engine/float64/operations.ts';
import { oneHot64 } from '../network/resnet18-float64.ts';

const logit = fc.float({ min: -50, max: 50, noNaN: true });
const rows = fc.integer({ min: 2, max: 6 }).chain((classes) =>
  fc.array(
    fc.record({
      logits: fc.array(logit, { minLength: classes, maxLength: classes }),
      label: fc.integer({ min: 0, max: classes - 1 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
);

describeEveryEngine((engine) => {
  test('the constraint is how far the strongest other label is ahead in log-probability', async () => {
    const compiled = engine.compile(({ logits, oneHot }) => ({
      loss: constraintLoss(logits as tf.Tensor2D, oneHot!),
    }));
    await fc.assert(
      fc.asyncProperty(rows, async (pictures) => {
        const classes = pictures[0]!.logits.length;
        const data = Float64Array.from(pictures.flatMap(({ logits }) => logits));
        const labels = pictures.map(({ label }) => label);
        const shape = [pictures.length, classes];
        const logProbabilities = f64.logSoftmax({ shape, data }).data;
        const inputs = {
          logits: engine.upload(Float32Array.from(data), shape),
          oneHot: engine.upload(Float32Array.from(oneHot64(labels, classes).data), shape),
        };
        const { loss } = await compiled.run(inputs);
        expect(loss!.shape).toEqual([pictures.length]);
        const values = await loss!.read();
        labels.forEach((label, row) => {
          const own = [...logProbabilities.slice(row * classes, (row + 1) * classes)];
          const rival = Math.max(...own.filter((_, other) => other !== label));
          expect(values[row]).toBeCloseTo(rival - own[label]!, 4);
        });
        for (const value of [...Object.values(inputs), loss!]) value.dispose();
      }),
      { numRuns: 30 },
    );
    await compiled.dispose();
  });
});
