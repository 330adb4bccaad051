import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { editableObjective } from '../../../trainer/editable/editable-objective.ts';
import {
  EDITABLE_DEFAULTS,
  type EditableOptions,
} from '../../../trainer/editable/editable-options.ts';
import { initialCoefficients } from '../../../trainer/editable/learned-coefficients.ts';
import { EditRunner } from '../../../trainer/editor/apply-editor.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import type { Engine, TensorMap } from '../../../trainer/engine/engine.ts';
import { type Architecture, parameterShapes } from '../../../trainer/network/architecture.ts';
import { disposeValues, uploadWeights } from '../../../trainer/network/weights.ts';
import { lossGradients } from '../../../trainer/training/loss-gradients.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import { firstDerivative } from '../engine/float64/finite-difference.ts';
import { dot, type NdArray } from '../engine/float64/nd-array.ts';
import * as f64 from '../engine/float64/operations.ts';
import { RandomArrays } from '../engine/float64/random-array.ts';
import { readAll, upload } from '../engine/gradient/compare-derivatives.ts';
import { randomWeights } from '../export/random-network.ts';
import {
  oneHot64,
  resnet18Float64,
  toFloat64,
  type Weights64,
} from '../network/resnet18-float64.ts';

const architecture: Architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 };
const learned = [...parameterShapes(architecture).keys()];
const weights = randomWeights(architecture, 11);
const weights64 = toFloat64(weights);
const random = new RandomArrays(12);
const images = random.between(-2, 2, [4, 3, 8, 8]);
const labels = oneHot64([0, 1, 2, 1], 3);
const editImages = random.between(-2, 2, [2, 3, 8, 8]);
const editImage = rowsOf(editImages, 0, 1);

const lead = (logits: ArrayLike<number>, label: number) =>
  Math.max(...Array.from(logits).filter((_, other) => other !== label)) - logits[label]!;
const startLogits = resnet18Float64(weights64, editImage, 'eval').logits.data;
const leads = [0, 1, 2].map((label) => lead(startLogits, label));
const answer = leads.indexOf(Math.min(...leads));
const wanted = leads.indexOf(Math.max(...leads));

/** -sum softmax(before) log softmax(after), averaged over the batch. */
function locality64(before: NdArray, after: NdArray): number {
  const probabilities = f64.map(f64.logSoftmax(before), Math.exp);
  return -f64.total([...f64.mul(probabilities, f64.logSoftmax(after)).data]) / before.shape[0]!;
}

/** @param asked the labels that the first edit pictures are to get */
const batchFor = (engine: Engine, asked: readonly number[]) => ({
  images: upload(engine, images),
  oneHot: upload(engine, labels),
  editImages: upload(engine, rowsOf(editImages, 0, asked.length)),
  editOneHot: upload(engine, oneHot64([...asked], 3)),
});

/** The objective with what it reports, and its gradients under `d <name>`. */
function withGradients(options: EditableOptions): (inputs: TensorMap) => TensorMap {
  const names = [...learned, ...initialCoefficients(options).keys()];
  return (inputs) => {
    const outputs: TensorMap = {};
    const terms = editableObjective(architecture, options).terms(
      inputs,
      () => {},
      (name, scalar) => {
        outputs[name] = tf.keep(scalar);
      },
    );
    const parameters = Object.fromEntries(names.map((name) => [name, inputs[name]!]));
    const { loss, gradients } = lossGradients(terms, parameters, inputs);
    names.forEach((name, index) => {
      outputs[`d ${name}`] = gradients[index]!;
    });
    return { ...outputs, loss };
  };
}

async function evaluate(engine: Engine, options: EditableOptions, asked: readonly number[]) {
  const compiled = engine.compile(withGradients(options));
  const all = new Map([...weights, ...initialCoefficients(options)]);
  const inputs = { ...uploadWeights(engine, all), ...batchFor(engine, asked) };
  const outputs = await readAll(await compiled.run(inputs));
  disposeValues(inputs);
  await compiled.dispose();
  return outputs;
}

describeEveryEngine((engine) => {
  const options: EditableOptions = {
    ...EDITABLE_DEFAULTS,
    editor: gradientDescent(2e-4),
    stages: ['layer3', 'head'],
    editWeight: 0.7,
    localityWeight: 0.3,
  };

  describe.each([
    ['an edit that three steps do not finish', wanted, options, 3],
    [
      'an edit that stops before the last step',
      wanted,
      { ...options, steps: 3, editor: gradientDescent(0.05), stages: ['head' as const] },
      1,
    ],
    [
      'an edit that holds, but not by the margin',
      answer,
      { ...options, margin: 50 - leads[answer]! },
      3,
    ],
    ['an edit that asks for what holds', answer, { ...options, margin: -leads[answer]! / 2 }, 0],
  ])('%s', (_, label, each, expectedSteps) => {
    let outputs: Record<string, Float32Array>;
    let edited: Weights64;
    beforeAll(async () => {
      outputs = await evaluate(engine, each, [label]);
      const runner = new EditRunner(engine, architecture, { ...each, maxSteps: each.steps });
      const image = Float32Array.from(editImage.data);
      const edit = await runner.edit(weights, { image, height: 8, width: 8, label });
      await runner.dispose();
      expect(edit.steps).toBe(expectedSteps);
      edited = toFloat64(new Map([...weights, ...edit.changed]));
    });

    test('takes the steps that the editor takes', () => {
      expect(outputs.steps![0]).toBe(expectedSteps);
    });

    test('costs the cross-entropy, the broken constraint, and what changed elsewhere', () => {
      const logits = resnet18Float64(weights64, images, 'train').logits;
      const base = f64.crossEntropy(logits, labels).data[0]!;
      const after = resnet18Float64(edited, editImage, 'eval').logits.data;
      const constraint = lead(after, label);
      const locality = locality64(logits, resnet18Float64(edited, images, 'eval').logits);
      expect(outputs.constraint![0]).toBeCloseTo(constraint, 4);
      expect(outputs.locality![0]).toBeCloseTo(locality, 4);
      const edit = Math.max(0, constraint + each.margin);
      expect(edit > 0).toBe(expectedSteps === 3);
      const loss = base + each.editWeight * edit + each.localityWeight * locality;
      expect(outputs.loss![0]).toBeCloseTo(loss, 4);
    });
  });

  describe.each([
    ['one edit', [wanted], {}],
    ['two edits, each on its half of the batch', [wanted, (wanted + 1) % 3], { edits: 2 }],
    ['one edit, to first order', [wanted], { firstOrder: true }],
    ['two edits whose rate is learned', [wanted, answer], { edits: 2, learnCoefficients: true }],
  ])('one step on the head: %s', (_, asked, changes) => {
    const rate = 0.2;
    const oneStep: EditableOptions = {
      ...options,
      ...changes,
      editor: gradientDescent(rate),
      steps: 1,
      stages: ['head'],
      editWeight: 3,
    };
    const rawRate: NdArray = { shape: [], data: Float64Array.of(Math.log(rate)) };
    const start = [
      ...learned.map((name) => weights64.get(name)!),
      ...(oneStep.learnCoefficients ? [rawRate] : []),
    ];
    const reference = resnet18Float64(weights64, images, 'train').logits;

    /**
     * The loss with the edits written down: the gradient of an edit is (rival - wanted) x features.
     * @param features64 of the edited pictures as the editor sees them; those of `tensors` unless given
     */
    function loss(tensors: readonly NdArray[], features64?: readonly NdArray[]): number {
      const at = new Map([...weights64, ...learned.map((name, i) => [name, tensors[i]!] as const)]);
      const step = Math.exp((tensors[learned.length] ?? rawRate).data[0]!);
      const terms = asked.map((label, edit) => {
        const image = rowsOf(editImages, edit, edit + 1);
        const { logits, features } = resnet18Float64(at, image, 'eval');
        const seen = features64?.[edit] ?? features;
        const edited = editHead(at, step, rivalOf(logits.data, label), label, seen);
        const rows = 4 / asked.length;
        const part = (array: NdArray) => rowsOf(array, edit * rows, (edit + 1) * rows);
        const after = resnet18Float64(edited, part(images), 'eval').logits;
        const constraint = lead(resnet18Float64(edited, image, 'eval').logits.data, label);
        return 3 * Math.max(0, constraint + 0.1) + 0.3 * locality64(part(reference), after);
      });
      const base = f64.crossEntropy(resnet18Float64(at, images, 'train').logits, labels).data[0]!;
      return base + terms.reduce((sum, term) => sum + term, 0) / asked.length;
    }

    const held = asked.map(
      (_, edit) => resnet18Float64(weights64, rowsOf(editImages, edit, edit + 1), 'eval').features,
    );
    const secondOrder = (...tensors: NdArray[]) => loss(tensors);
    const firstOrder = (...tensors: NdArray[]) => loss(tensors, held);

    let outputs: Record<string, Float32Array>;
    let gradients: Float32Array[];
    let norm = 0;
    beforeAll(async () => {
      outputs = await evaluate(engine, oneStep, asked);
      gradients = Object.keys(outputs)
        .filter((name) => name.startsWith('d '))
        .map((name) => outputs[name]!);
      norm = Math.sqrt(gradients.reduce((sum, gradient) => sum + dot(gradient, gradient), 0));
    });

    test('costs the means over the edits', () => {
      expect(secondOrder(...start)).toBeCloseTo(outputs.loss![0]!, 4);
    });

    test('its derivative goes through the edit, and not through what locality refers to', () => {
      const expectedLoss = oneStep.firstOrder ? firstOrder : secondOrder;
      const otherLoss = oneStep.firstOrder ? secondOrder : firstOrder;
      expect(gradients).toHaveLength(start.length);
      let apart = 0;
      for (let direction = 0; direction < 4; direction++) {
        const along = start.map(({ shape }) => random.between(-1, 1, shape));
        const length = Math.sqrt(along.reduce((sum, { data }) => sum + dot(data, data), 0));
        const expected = firstDerivative(expectedLoss, start, along, 1e-7) / length;
        const other = firstDerivative(otherLoss, start, along, 1e-7) / length;
        const actual =
          along.reduce((sum, { data }, i) => sum + dot(gradients[i]!, data), 0) / length;
        expect(Math.abs(actual - expected)).toBeLessThan(1e-3 * norm);
        apart = Math.max(apart, Math.abs(other - actual) / norm);
      }
      // Or the test could not tell the orders apart.
      expect(apart).toBeGreaterThan(2e-3);
    });

    if (oneStep.learnCoefficients) {
      test('the rate is reported in its own units, and derived by its logarithm', () => {
        expect(outputs['editor.rate']![0]).toBeCloseTo(rate, 6);
        const along = start.map(({ shape }, i) => ({
          shape,
          data: Float64Array.from({ length: start[i]!.data.length }, () =>
            Number(i === learned.length),
          ),
        }));
        const expected = firstDerivative(secondOrder, start, along, 1e-6);
        expect(Math.abs(expected)).toBeGreaterThan(1e-3);
        expect(outputs['d editor.rate']![0]! / expected).toBeCloseTo(1, 3);
      });
    }
  });
});

/** The other label with the largest logit. */
function rivalOf(logits: ArrayLike<number>, label: number): number {
  const others = [0, 1, 2].filter((other) => other !== label);
  return others.sort((a, b) => logits[b]! - logits[a]!)[0]!;
}

/** The head after one step of gradient descent on the constraint of one picture. */
function editHead(
  at: Weights64,
  rate: number,
  rival: number,
  label: number,
  { data: features }: NdArray,
): Weights64 {
  const signs = [0, 1, 2].map((each) => Number(each === rival) - Number(each === label));
  const weight = at.get('fc.weight')!;
  const bias = at.get('fc.bias')!;
  const width = weight.shape[1]!;
  const moved = weight.data.map(
    (value, i) => value - rate * signs[Math.floor(i / width)]! * features[i % width]!,
  );
  return new Map([
    ...at,
    ['fc.weight', { shape: weight.shape, data: moved }],
    ['fc.bias', { shape: bias.shape, data: bias.data.map((b, each) => b - rate * signs[each]!) }],
  ]);
}

/** Rows `from` to `to` of an array. */
function rowsOf({ shape, data }: NdArray, from: number, to: number): NdArray {
  const size = data.length / shape[0]!;
  return { shape: [to - from, ...shape.slice(1)], data: data.slice(from * size, to * size) };
}
