import { expect, test } from 'vitest';
import { plainBatch } from '../../../trainer/data/batches.ts';
import { Classifier } from '../../../trainer/evaluation/classifier.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import { randomNetwork } from '../export/random-network.ts';
import { resnet18Float64, toFloat64 } from '../network/resnet18-float64.ts';
import { stripes } from '../training/stripes.ts';

const architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 } as const;
const { weights } = randomNetwork(architecture, 8);
// More than a batch of 250, and not a multiple of it.
const { test: set, preprocessing } = stripes({ side: 8, test: 263 });

describeEveryEngine((engine) => {
  test('every picture of a set gets its own logits, in order, batch behind batch', async () => {
    const classifier = new Classifier(engine, architecture);
    const logits = await classifier.logitsOfSet(weights, set, preprocessing);
    expect(logits.length).toBe(263 * 3);
    for (const picture of [0, 1, 249, 250, 251, 262]) {
      const { images } = plainBatch(set, [picture], preprocessing);
      const data = Float64Array.from(images);
      const expected = resnet18Float64(toFloat64(weights), { shape: [1, 3, 8, 8], data }, 'eval');
      expected.logits.data.forEach((value, index) => {
        expect(logits[3 * picture + index], `picture ${picture}`).toBeCloseTo(value, 4);
      });
    }
    const all = plainBatch(
      set,
      Array.from({ length: set.count }, (_, picture) => picture),
      preprocessing,
    );
    expect(await classifier.logits(weights, all.images, preprocessing)).toEqual(logits);
    await classifier.dispose();
  });

  test('weights can change from call to call', async () => {
    const classifier = new Classifier(engine, architecture);
    const { images } = plainBatch(set, [5], preprocessing);
    const before = await classifier.logits(weights, images, preprocessing);
    const { shape, data } = weights.get('fc.bias')!;
    const moved = new Map([
      ...weights,
      ['fc.bias', { shape, data: data.map((value, label) => value + label) }] as const,
    ]);
    const after = await classifier.logits(moved, images, preprocessing);
    after.forEach((value, label) => {
      expect(value - before[label]!).toBeCloseTo(label, 4);
    });
    expect(await classifier.logits(weights, images, preprocessing)).toEqual(before);
    await classifier.dispose();
  });
});
