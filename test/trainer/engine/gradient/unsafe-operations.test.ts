import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

const TRAINER = path.resolve(import.meta.dirname, '../../../../trainer');

/**
 * Their gradients keep their own output inside the operation, out of reach of the gradient registry.
 * Pooling needs no bar: derived twice it throws.
 */
const LOSE_SECOND_ORDER = /\.(logSoftmax|softmax|softmaxCrossEntropy|logSigmoid|elu)\(/;

test('the trainer uses no operation of TensorFlow.js that loses the second order', async () => {
  const files = (await readdir(TRAINER, { recursive: true })).filter((file) =>
    file.endsWith('.ts'),
  );
  expect(files.length).toBeGreaterThan(10);
  for (const file of files) {
    const source = await readFile(path.join(TRAINER, file), 'utf8');
    expect(LOSE_SECOND_ORDER.exec(source)?.[0], file).toBeUndefined();
  }
});
