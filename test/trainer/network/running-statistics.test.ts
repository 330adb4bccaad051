import { expect, test } from 'vitest';
import {
  type Architecture,
  parameterShapes,
  statisticShapes,
} from '../../../trainer/network/architecture.ts';
import { disposeValues, uploadWeights } from '../../../trainer/network/weights.ts';
import { ordinaryObjective } from '../../../trainer/training/ordinary-objective.ts';
import { MOMENT1, MOMENT2, trainingStep } from '../../../trainer/training/training-step.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import * as f64 from '../engine/float64/operations.ts';
import { RandomArrays } from '../engine/float64/random-array.ts';
import { upload } from '../engine/gradient/compare-derivatives.ts';
import { randomWeights } from '../export/random-network.ts';
import { oneHot64, resnet18Float64, toFloat64 } from './resnet18-float64.ts';

const architecture: Architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 };
const learned = [...parameterShapes(architecture).keys()];
const statistics = [...statisticShapes(architecture).keys()];
const weights = randomWeights(architecture, 5);
// Four pictures of one pixel in the last stage, where n / (n - 1) is as large as 4/3.
const images = new RandomArrays(6).between(-2, 2, [4, 3, 8, 8]);
const labels = oneHot64([0, 1, 2, 1], 3);

describeEveryEngine((engine) => {
  test('a training step moves the running statistics as PyTorch does, and reports its loss', async () => {
    const step = engine.compile(
      trainingStep(learned, statistics, ordinaryObjective(architecture), null),
    );
    const inputs = uploadWeights(engine, weights);
    for (const name of learned) {
      const { shape, data } = weights.get(name)!;
      inputs[MOMENT1 + name] = engine.upload(new Float32Array(data.length), shape);
      inputs[MOMENT2 + name] = engine.upload(new Float32Array(data.length), shape);
    }
    inputs.images = upload(engine, images);
    inputs.oneHot = upload(engine, labels);
    inputs.rate = engine.upload(Float32Array.of(1e-3), []);
    const outputs = await step.run(inputs);

    const forward = resnet18Float64(toFloat64(weights), images, 'train');
    expect(forward.statistics.size).toBe(20);
    for (const [name, { mean, variance, count }] of forward.statistics) {
      const expectMoved = async (statistic: string, ofBatch: Float64Array) => {
        const before = weights.get(`${name}.${statistic}`)!.data;
        const after = await outputs[`${name}.${statistic}`]!.read();
        ofBatch.forEach((value, channel) => {
          const expected = 0.9 * before[channel]! + 0.1 * value;
          expect(after[channel], `${name}.${statistic}`).toBeCloseTo(expected, 4);
        });
      };
      await expectMoved('running_mean', mean);
      const unbiased = variance.map((value) => (value * count) / (count - 1));
      await expectMoved('running_var', unbiased);
    }

    const [loss] = await outputs['report.loss']!.read();
    expect(loss).toBeCloseTo(f64.crossEntropy(forward.logits, labels).data[0]!, 4);
    const [accuracy] = await outputs['report.accuracy']!.read();
    const right = [0, 1, 2, 1].filter((label, row) => {
      const logits = [...forward.logits.data.slice(3 * row, 3 * row + 3)];
      return logits.indexOf(Math.max(...logits)) === label;
    });
    expect(accuracy).toBe(right.length / 4);
    disposeValues({ ...inputs, ...outputs });
    await step.dispose();
  });
});
