import { expect, test } from 'vitest';
import { plainBatch } from '../../../trainer/data/batches.ts';
import { editSample } from '../../../trainer/editable/edit-sample.ts';
import { stripes } from '../training/stripes.ts';

const data = stripes();
const samples = Array.from({ length: 300 }, (_, step) => editSample(data, 1, step));
const plain = Array.from({ length: data.train.count }, (_, picture) => {
  const { images } = plainBatch(data.train, [picture], data.preprocessing);
  return Buffer.from(images.buffer).toString('hex');
});
const pictureOf = ({ image }: { image: Float32Array }) =>
  plain.indexOf(Buffer.from(image.buffer).toString('hex'));

test('an edit asks for a training picture, as it is, to get another label than its own', () => {
  for (const sample of samples) {
    const picture = pictureOf(sample);
    expect(picture).toBeGreaterThanOrEqual(0);
    expect([...sample.oneHot].sort()).toEqual([0, 0, 1]);
    expect(sample.oneHot.indexOf(1)).not.toBe(data.train.labels[picture]);
  }
});

test('every picture and every other label comes up', () => {
  expect(new Set(samples.map(pictureOf)).size).toBeGreaterThan(0.9 * data.train.count);
  const wishes = samples.map(
    (sample) => `${data.train.labels[pictureOf(sample)]} to ${sample.oneHot.indexOf(1)}`,
  );
  const counts = [...new Set(wishes)].map((wish) => wishes.filter((each) => each === wish).length);
  expect(counts).toHaveLength(6);
  expect(Math.min(...counts)).toBeGreaterThan(25);
});

test('it depends on the seed and the step alone', () => {
  expect(editSample(data, 1, 7)).toEqual(samples[7]);
  const others = Array.from({ length: 20 }, (_, step) => pictureOf(editSample(data, 2, step)));
  expect(others).not.toEqual(samples.slice(0, 20).map(pictureOf));
});
