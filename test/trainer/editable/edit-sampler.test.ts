import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainBatch } from '../../../trainer/data/batches.ts';
import type { EditPolicy } from '../../../trainer/editable/edit-policy.ts';
import { EditSampler, type EditSamples } from '../../../trainer/editable/edit-sampler.ts';
import type { Engine, ValueMap } from '../../../trainer/engine/engine.ts';
import type { Architecture } from '../../../trainer/network/architecture.ts';
import { disposeValues, uploadWeights } from '../../../trainer/network/weights.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import { randomWeights } from '../export/random-network.ts';
import { resnet18Float64, toFloat64 } from '../network/resnet18-float64.ts';
import { stripes } from '../training/stripes.ts';

const architecture: Architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 };
const data = stripes({ train: 12, side: 8 });
const { height, width } = data.preprocessing;
const weights = randomWeights(architecture, 3);
const all = plainBatch(
  data.train,
  Array.from({ length: 12 }, (_, i) => i),
  data.preprocessing,
);
const size = 3 * height * width;

/** Of the whole training set, in double precision with running statistics. */
const logits = resnet18Float64(
  toFloat64(weights),
  { shape: [12, 3, height, width], data: Float64Array.from(all.images) },
  'eval',
).logits.data;
const ranks = (picture: number) =>
  [0, 1, 2].sort((a, b) => logits[picture * 3 + b]! - logits[picture * 3 + a]!);

/** Each edit as the training picture it is of, and the label it asks for. */
function read({ images, oneHot }: EditSamples): { picture: number; label: number }[] {
  return Array.from({ length: oneHot.length / 3 }, (_, edit) => {
    const image = images.slice(edit * size, (edit + 1) * size);
    const wanted = [...oneHot.slice(edit * 3, (edit + 1) * 3)];
    expect([...wanted].sort()).toEqual([0, 0, 1]);
    const picture = Array.from({ length: 12 }, (_, i) => i).find((i) =>
      image.every((value, position) => value === all.images[i * size + position]),
    );
    expect(picture).toBeDefined();
    return { picture: picture!, label: wanted.indexOf(1) };
  });
}

describeEveryEngine((engine: Engine) => {
  let values: ValueMap;
  beforeAll(() => {
    values = uploadWeights(engine, weights);
  });
  afterAll(() => disposeValues(values));

  /** The samples of the first `updates` updates. */
  async function drawn(policy: EditPolicy, edits: number, updates: number, seed = 1) {
    const sampler = new EditSampler(engine, architecture, {
      pictures: data.train,
      preprocessing: data.preprocessing,
      options: { policy, edits },
      seed,
      answers: null,
    });
    const samples: EditSamples[] = [];
    for (let step = 0; step < updates; step++) samples.push(await sampler.samples(step, values));
    await sampler.dispose();
    return samples;
  }

  test('random: training pictures as they are, each with another label than its own', async () => {
    const edits = (await drawn('random', 2, 100)).flatMap(read);
    for (const { picture, label } of edits) expect(label).not.toBe(data.train.labels[picture]);
    expect(new Set(edits.map(({ picture, label }) => `${picture} to ${label}`)).size).toBe(24);
  });

  test('likely: labels that the network ranks behind its answer', async () => {
    const edits = (await drawn('likely', 2, 30)).flatMap(read);
    const asked = edits.map(({ picture, label }) => ranks(picture).indexOf(label));
    expect(new Set(asked)).toEqual(new Set([1, 2]));
  });

  test('mistakes: pictures that the network answers wrongly, with their own labels', async () => {
    const wrong = [...data.train.labels].map((label, picture) => ranks(picture)[0] !== label);
    expect(new Set(wrong)).toEqual(new Set([true, false]));
    for (const samples of await drawn('mistakes', 2, 20)) {
      expect(samples.fallback).toBe(0);
      for (const { picture, label } of read(samples)) {
        expect([wrong[picture], label]).toEqual([true, data.train.labels[picture]]);
      }
    }
  });

  test('depend on the seed and the update alone', async () => {
    const [first, again] = [await drawn('likely', 2, 5), await drawn('likely', 2, 5)];
    expect(again).toEqual(first);
    expect(new Set(first.map((samples) => JSON.stringify(read(samples)))).size).toBeGreaterThan(1);
    expect((await drawn('likely', 2, 5, 2)).map(read)).not.toEqual(first.map(read));
  });

  describe('with answers instead of the labels', () => {
    test.each(['random', 'mistakes'] as const)('%s goes by those', async (policy) => {
      const sampler = new EditSampler(engine, architecture, {
        pictures: { ...data.train, labels: new Uint8Array(12).fill(9) },
        preprocessing: data.preprocessing,
        options: { policy, edits: 1 },
        seed: 1,
        // What the network itself says, so that nothing is a mistake.
        answers: async (images) => {
          const pictures = await images.read();
          return Array.from({ length: images.shape[0]! }, (_, row) => {
            const image = pictures.slice(row * size, (row + 1) * size);
            const oneHot = Float32Array.of(1, 0, 0);
            return ranks(read({ images: image, oneHot, fallback: 0 })[0]!.picture)[0]!;
          });
        },
      });
      for (let step = 0; step < 10; step++) {
        const samples = await sampler.samples(step, values);
        const [{ picture, label }] = read(samples) as [{ picture: number; label: number }];
        expect(label).not.toBe(ranks(picture)[0]);
        expect(samples.fallback).toBe(policy === 'mistakes' ? 1 : 0);
      }
      await sampler.dispose();
    });
  });
});
