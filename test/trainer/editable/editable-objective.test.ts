import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { editableObjective } from '../../../trainer/editable/editable-objective.ts';
import {
  EDITABLE_DEFAULTS,
  type EditableOptions,
} from '../../../trainer/editable/editable-options.ts';
import { EditRunner } from '../../../trainer/editor/apply-editor.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import type { Engine, TensorMap } from '../../../trainer/engine/engine.ts';
import { type Architecture, parameterShapes } from '../../../trainer/network/architecture.ts';
import { disposeValues, uploadWeights } from '../../../trainer/network/weights.ts';
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
const editImage = random.between(-2, 2, [1, 3, 8, 8]);

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

const batchFor = (engine: Engine, label: number) => ({
  images: upload(engine, images),
  oneHot: upload(engine, labels),
  editImages: upload(engine, editImage),
  editOneHot: upload(engine, oneHot64([label], 3)),
});

/** The objective with what it reports, and its gradients under `d <name>`. */
function withGradients(options: EditableOptions): (inputs: TensorMap) => TensorMap {
  return (inputs) => {
    const outputs: TensorMap = {};
    const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
      const parameters = { ...inputs };
      learned.forEach((name, index) => {
        parameters[name] = tensors[index]!;
      });
      return editableObjective(architecture, options).loss(
        parameters,
        inputs,
        () => {},
        (name, scalar) => {
          outputs[name] = tf.keep(scalar);
        },
      );
    })(learned.map((name) => inputs[name]!));
    learned.forEach((name, index) => {
      outputs[`d ${name}`] = grads[index]!;
    });
    return { ...outputs, loss: value };
  };
}

async function evaluate(engine: Engine, options: EditableOptions, label: number) {
  const compiled = engine.compile(withGradients(options));
  const inputs = { ...uploadWeights(engine, weights), ...batchFor(engine, label) };
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
      outputs = await evaluate(engine, each, label);
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

  test('its derivative goes through the edit, and not through what locality refers to', async () => {
    // One step on the head alone, whose gradient can be written down: (rival - wanted) x features.
    const rate = 0.05;
    const oneStep: EditableOptions = {
      ...options,
      editor: gradientDescent(rate),
      steps: 1,
      stages: ['head'],
    };
    const outputs = await evaluate(engine, oneStep, wanted);
    const reference = resnet18Float64(weights64, images, 'train').logits;
    const loss = (...tensors: NdArray[]) => {
      const at = new Map([...weights64, ...learned.map((name, i) => [name, tensors[i]!] as const)]);
      const { logits, features } = resnet18Float64(at, editImage, 'eval');
      const rival = [...logits.data]
        .map(
          (logit, label) => [label === wanted ? Number.NEGATIVE_INFINITY : logit, label] as const,
        )
        .sort(([a], [b]) => b - a)[0]![1];
      const signs = [0, 1, 2].map((label) => Number(label === rival) - Number(label === wanted));
      const { shape, data } = at.get('fc.weight')!;
      const width = shape[1]!;
      const edited = new Map(at);
      edited.set('fc.weight', {
        shape,
        data: data.map(
          (value, i) => value - rate * signs[Math.floor(i / width)]! * features.data[i % width]!,
        ),
      });
      edited.set('fc.bias', {
        shape: [3],
        data: at.get('fc.bias')!.data.map((value, label) => value - rate * signs[label]!),
      });
      const constraint = lead(resnet18Float64(edited, editImage, 'eval').logits.data, wanted);
      const base = f64.crossEntropy(resnet18Float64(at, images, 'train').logits, labels).data[0]!;
      const locality = locality64(reference, resnet18Float64(edited, images, 'eval').logits);
      return base + 0.7 * Math.max(0, constraint + 0.1) + 0.3 * locality;
    };
    const start = learned.map((name) => weights64.get(name)!);
    expect(loss(...start)).toBeCloseTo(outputs.loss![0]!, 4);
    const gradients = learned.map((name) => outputs[`d ${name}`]!);
    const norm = Math.sqrt(gradients.reduce((sum, gradient) => sum + dot(gradient, gradient), 0));
    for (let direction = 0; direction < 4; direction++) {
      const along = start.map(({ shape }) => random.between(-1, 1, shape));
      const length = Math.sqrt(along.reduce((sum, { data }) => sum + dot(data, data), 0));
      const expected = firstDerivative(loss, start, along, 1e-7) / length;
      const actual = along.reduce((sum, { data }, i) => sum + dot(gradients[i]!, data), 0) / length;
      expect(Math.abs(actual - expected)).toBeLessThan(1e-3 * norm);
    }
  });
});
