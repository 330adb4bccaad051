import { type DataSet, dataSet } from '../data-set.ts';
import type { PictureSet } from '../picture-set.ts';
import { randomFor } from '../random.ts';
import { side } from './canvas.ts';
import { renderPicture } from './picture.ts';
import { shapeClasses } from './shapes.ts';

/** The seed of the pictures that everybody gets who names none. */
const usualSeed = 1;

/** Mean and standard deviation of the training pixels of the usual seed. */
const channels = {
  mean: [0.4525, 0.4562, 0.4499] as [number, number, number],
  std: [0.195, 0.2001, 0.1928] as [number, number, number],
};

/**
 * Generates the embedded data set: 32 x 32 renderings of ten shapes, every ten pictures in a row showing
 * each once. A picture depends on the seed, its part and its number alone, and is the same on every
 * machine: rendering uses integers and the float operations that IEEE 754 rounds exactly (+ - * / and
 * square root), never Math.sin and its like.
 */
export function generateEmbedded({
  seed = usualSeed,
  trainCount = 10_000,
  testCount = 2_000,
}: {
  seed?: number;
  trainCount?: number;
  testCount?: number;
} = {}): DataSet {
  return dataSet(
    'embedded',
    generatePart('train', trainCount, seed),
    generatePart('test', testCount, seed),
    channels,
  );
}

function generatePart(part: string, count: number, seed: number): PictureSet {
  const size = side * side * 3;
  const pixels = new Uint8ClampedArray(count * size);
  const labels = new Uint8Array(count);
  const classes = shapeClasses.map((_, label) => label);
  for (let index = 0; index < count; index++) {
    const turn = index % classes.length;
    if (turn === 0) randomFor(seed, 'embedded', part, 'labels', index).shuffle(classes);
    labels[index] = classes[turn]!;
    const random = randomFor(seed, 'embedded', part, index);
    renderPicture(labels[index]!, random, pixels.subarray(index * size, (index + 1) * size));
  }
  return {
    name: `embedded-${part}`,
    height: side,
    width: side,
    labelNames: shapeClasses.map(({ name }) => name),
    count,
    pixels: new Uint8Array(pixels.buffer),
    labels,
  };
}
