import { expect, test } from 'vitest';
import { randomFor } from '../../../trainer/data/random.ts';
import { EditRunner } from '../../../trainer/editor/apply-editor.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { Classifier } from '../../../trainer/evaluation/classifier.ts';
import type { Architecture } from '../../../trainer/network/architecture.ts';
import type { Weights } from '../../../trainer/network/weights.ts';
import { startingWeights } from '../../../trainer/training/starting-weights.ts';
import { randomNetwork } from '../export/random-network.ts';

const SIDE = 40;
const CLASSES = 4;
const PLAIN: Architecture = { name: 'resnet18', stem: 'imagenet', width: 3, classes: CLASSES };
const EXTENDED: Architecture = { ...PLAIN, extraBlock: true };
const engine = createOnnxEngine();
const network = randomNetwork(PLAIN, SIDE);
const random = randomFor(3, 'extra block');
const images = Float32Array.from({ length: 6 * 3 * SIDE * SIDE }, () => random.between(-2, 2));
const image = images.subarray(0, 3 * SIDE * SIDE);

async function logitsOf(architecture: Architecture, weights: Weights): Promise<Float32Array> {
  const classifier = new Classifier(engine, architecture);
  const logits = await classifier.logits(weights, images, { height: SIDE, width: SIDE });
  await classifier.dispose();
  return logits;
}

const extended = () =>
  startingWeights('net.safetensors', network, { architecture: EXTENDED, seed: 2 });

test('a block that is added changes no answer', async () => {
  expect(await logitsOf(EXTENDED, extended())).toEqual(await logitsOf(PLAIN, network.weights));
});

test('a block that a network has already is kept', () => {
  const own = randomNetwork(EXTENDED, SIDE);
  const weights = startingWeights('net.safetensors', own, { architecture: EXTENDED, seed: 2 });
  expect(weights).toEqual(own.weights);
});

test('a network with a block does not start a training without one', () => {
  const own = randomNetwork(EXTENDED, SIDE);
  expect(() => startingWeights('net.safetensors', own, { architecture: PLAIN, seed: 2 })).toThrow(
    /extraBlock true.*wants false/,
  );
});

test('an edit of the block alone puts a picture right', async () => {
  const weights = extended();
  const label = 2;
  const before = (await logitsOf(EXTENDED, weights)).subarray(0, CLASSES);
  expect(before.indexOf(Math.max(...before))).not.toBe(label);
  const runner = new EditRunner(engine, EXTENDED, {
    editor: gradientDescent(0.1),
    stages: ['extra'],
    margin: 0.1,
    maxSteps: 100,
    rehearsal: null,
  });
  const edit = await runner.edit(weights, { image, label, height: SIDE, width: SIDE });
  await runner.dispose();
  expect(edit.success).toBe(true);
  expect([...edit.changed.keys()].every((name) => name.startsWith('extra.'))).toBe(true);
  const after = await logitsOf(EXTENDED, new Map([...weights, ...edit.changed]));
  expect(after.indexOf(Math.max(...after.subarray(0, CLASSES)))).toBe(label);
});

test('a network without the block refuses to have it edited', async () => {
  const runner = new EditRunner(engine, PLAIN, {
    editor: gradientDescent(0.1),
    stages: ['extra'],
    margin: 0.1,
    maxSteps: 1,
    rehearsal: null,
  });
  const edit = runner.edit(network.weights, { image, label: 2, height: SIDE, width: SIDE });
  await expect(edit).rejects.toMatchObject({ code: 'STAGE_MISSING' });
  await runner.dispose();
});
