import { describe, expect, test } from 'vitest';
import { pictureAt, subset } from '../../../../trainer/data/picture-set.ts';
import { createOnnxEngine } from '../../../../trainer/engine/onnx/onnx-engine.ts';
import { adversarialExamples } from '../../../../trainer/evaluation/adversarial/adversarial-examples.ts';
import { ATTACKS, FGSM, PGD } from '../../../../trainer/evaluation/adversarial/attack.ts';
import { Attacker } from '../../../../trainer/evaluation/adversarial/attacker.ts';
import { coverageSet } from '../../../../trainer/evaluation/adversarial/coverage-set.ts';
import { Classifier } from '../../../../trainer/evaluation/classifier.ts';
import { neighboursOf } from '../../../../trainer/evaluation/neighbour/neighbour.ts';
import { CLASSES, data, network } from './attacked-network.ts';

const engine = await createOnnxEngine();
const set = data.test;

async function answersTo(pictures: typeof set): Promise<number[]> {
  const classifier = new Classifier(engine, network.architecture);
  const { weights, preprocessing } = network;
  const logits = await classifier.logitsOfSet(weights, pictures, preprocessing);
  await classifier.dispose();
  return Array.from({ length: pictures.count }, (_, row) => {
    const own = [...logits.subarray(row * CLASSES, (row + 1) * CLASSES)];
    return own.indexOf(Math.max(...own));
  });
}

describe('adversarial examples', () => {
  test('fool the network, and come from pictures that did not', async () => {
    const before = await answersTo(set);
    const right = before.filter((answer, index) => answer === set.labels[index]).length;
    for (const attack of ATTACKS) {
      const examples = await adversarialExamples(engine, network, set, attack, 7);
      expect(examples.attacked).toBe(right);
      expect(examples.set.count).toBeGreaterThan(0);
      expect(examples.set.count).toBe(examples.sources.length);
      const after = await answersTo(examples.set);
      examples.sources.forEach((source, index) => {
        expect(before[source]).toBe(set.labels[source]);
        expect(examples.set.labels[index]).toBe(set.labels[source]);
        expect(after[index]).not.toBe(set.labels[source]);
        const { pixels } = pictureAt(examples.set, index);
        const original = pictureAt(set, source).pixels;
        const farthest = Math.max(...pixels.map((value, i) => Math.abs(value - original[i]!)));
        expect(farthest).toBeGreaterThan(0);
        expect(farthest).toBeLessThanOrEqual(8);
      });
      expect(new Set(examples.sources).size).toBe(examples.sources.length);
    }
  });

  test('are the same for the same seed', async () => {
    const first = await adversarialExamples(engine, network, set, PGD, 7);
    expect(await adversarialExamples(engine, network, set, PGD, 7)).toEqual(first);
    const other = await adversarialExamples(engine, network, set, PGD, 8);
    expect(other.set.pixels).not.toEqual(first.set.pixels);
  });

  test('are none where the network answers nothing right', async () => {
    const answers = await answersTo(set);
    const labels = set.labels.map((_, index) => (answers[index]! + 1) % CLASSES);
    const wrong = { ...set, labels };
    const examples = await adversarialExamples(engine, network, wrong, FGSM, 1);
    expect(examples).toMatchObject({ attacked: 0, set: { count: 0 } });
  });
});

test('what an edit may cover: other starts from the same source, and neighbours', async () => {
  const few = subset(set, [...Array(30).keys()]);
  const examples = await adversarialExamples(engine, network, few, PGD, 7);
  const source = pictureAt(few, examples.sources[0]!);
  const example = pictureAt(examples.set, 0);
  const attacker = new Attacker(engine, network);
  const coverage = await coverageSet(attacker, few, examples, 0, 7);
  expect(await coverageSet(attacker, few, examples, 0, 7)).toEqual(coverage);
  await attacker.dispose();

  const { kinds } = coverage;
  expect(kinds).toHaveLength(coverage.set.count);
  expect([...coverage.set.labels]).toEqual(kinds.map(() => examples.set.labels[0]));
  const ofKind = (restart: boolean) =>
    kinds.flatMap((kind, index) =>
      (kind === 'restart') === restart ? [pictureAt(coverage.set, index)] : [],
    );
  const restarts = ofKind(true);
  expect(restarts).toHaveLength(10);
  expect(new Set(restarts.map(({ pixels }) => pixels.join())).size).toBe(10);
  for (const { pixels } of restarts) {
    expect(pixels).not.toEqual(example.pixels);
    pixels.forEach((value, index) => {
      expect(Math.abs(value - source.pixels[index]!)).toBeLessThanOrEqual(8);
    });
  }
  expect(ofKind(false)).toEqual(neighboursOf(example, 7).map(({ picture }) => picture));
});
