import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import type { TensorMap } from '../../../trainer/engine/engine.ts';
import { disposeValues } from '../../../trainer/network/weights.ts';
import {
  type BaseLoss,
  crossEntropyLoss,
  distillationLoss,
} from '../../../trainer/training/base-loss.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import type { NdArray } from '../engine/float64/nd-array.ts';
import { RandomArrays } from '../engine/float64/random-array.ts';
import { readAll, upload } from '../engine/gradient/compare-derivatives.ts';

const [ROWS, CLASSES] = [6, 4];
const random = new RandomArrays(4);
const student = random.between(-3, 3, [ROWS, CLASSES]);
// The last two rows agree with the student.
const teacher: NdArray = random.between(-3, 3, [ROWS, CLASSES]);
teacher.data.set(
  student.data.subarray(4 * CLASSES).map((logit) => 2 * logit),
  4 * CLASSES,
);

function softmax64({ data }: NdArray, row: number): number[] {
  const powers = [...data.subarray(row * CLASSES, (row + 1) * CLASSES)].map(Math.exp);
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
const topOf = (probabilities: number[]) => probabilities.indexOf(Math.max(...probabilities));

/** The loss, what it reports, and its gradient by the logits. */
function withGradient(baseLoss: BaseLoss): (inputs: TensorMap) => TensorMap {
  return ({ logits, ...batch }) => {
    const reports: TensorMap = {};
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor2D) =>
      baseLoss(x, batch, (name, scalar) => {
        reports[name] = tf.keep(scalar);
      }),
    )(logits as tf.Tensor2D);
    return { ...reports, loss: value, gradient: grad };
  };
}

describeEveryEngine((engine) => {
  async function evaluate(baseLoss: BaseLoss, batch: Record<string, NdArray>) {
    const compiled = engine.compile(withGradient(baseLoss));
    const inputs = Object.fromEntries(
      Object.entries({ logits: student, ...batch }).map(([name, array]) => [
        name,
        upload(engine, array),
      ]),
    );
    const outputs = await readAll(await compiled.run(inputs));
    disposeValues(inputs);
    await compiled.dispose();
    return outputs;
  }

  test('distillation costs KL(teacher || student), whose gradient is the gap of the probabilities', async () => {
    const outputs = await evaluate(distillationLoss, { teacherLogits: teacher });
    let divergence = 0;
    let agreed = 0;
    for (let row = 0; row < ROWS; row++) {
      const [p, q] = [softmax64(teacher, row), softmax64(student, row)];
      agreed += topOf(p) === topOf(q) ? 1 : 0;
      p.forEach((wanted, label) => {
        divergence += (wanted * Math.log(wanted / q[label]!)) / ROWS;
        const gap = (q[label]! - wanted) / ROWS;
        expect(outputs.gradient![row * CLASSES + label]).toBeCloseTo(gap, 5);
      });
    }
    expect(outputs.loss![0]).toBeCloseTo(divergence, 5);
    expect(agreed).toBeGreaterThanOrEqual(2);
    expect(agreed).toBeLessThan(ROWS);
    expect(outputs.agreement![0]).toBeCloseTo(agreed / ROWS, 6);
  });

  test('distillation from itself costs nothing', async () => {
    const outputs = await evaluate(distillationLoss, { teacherLogits: student });
    expect(outputs.loss![0]).toBeCloseTo(0, 6);
    expect(outputs.agreement![0]).toBe(1);
    for (const slope of outputs.gradient!) expect(slope).toBeCloseTo(0, 6);
  });

  test('cross-entropy reports the share of labels that were answered', async () => {
    const labels = Array.from({ length: ROWS }, (_, row) =>
      row < 3 ? topOf(softmax64(student, row)) : (topOf(softmax64(student, row)) + 1) % CLASSES,
    );
    const data = new Float64Array(ROWS * CLASSES);
    labels.forEach((label, row) => {
      data[row * CLASSES + label] = 1;
    });
    const outputs = await evaluate(crossEntropyLoss, { oneHot: { shape: [ROWS, CLASSES], data } });
    expect(outputs.accuracy![0]).toBe(0.5);
    const expected = labels.reduce(
      (sum, label, row) => sum - Math.log(softmax64(student, row)[label]!),
      0,
    );
    expect(outputs.loss![0]).toBeCloseTo(expected / ROWS, 5);
  });
});
