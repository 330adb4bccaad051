import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { withCoefficients } from '../../../trainer/editor/coefficients.ts';
import { constraintLoss } from '../../../trainer/editor/constraint.ts';
import { editableNames } from '../../../trainer/editor/editable-names.ts';
import { coefficientValues } from '../../../trainer/editor/editor.ts';
import { EDITORS, UNROLLED_EDITOR_NAMES } from '../../../trainer/editor/editors.ts';
import { firstStage } from '../../../trainer/editor/first-stage.ts';
import { unrolledEdit } from '../../../trainer/editor/unrolled-edit.ts';
import type { Engine, TensorMap } from '../../../trainer/engine/engine.ts';
import type { Architecture, Stage } from '../../../trainer/network/architecture.ts';
import { parameterShapes } from '../../../trainer/network/architecture.ts';
import { evaluationLayer } from '../../../trainer/network/convolution-layer.ts';
import { crossEntropy } from '../../../trainer/network/loss.ts';
import { resnet18, resnet18Prefix, resnet18Suffix } from '../../../trainer/network/resnet18.ts';
import { disposeValues, uploadWeights } from '../../../trainer/network/weights.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import { addScaled, dot, type NdArray } from '../engine/float64/nd-array.ts';
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
import { constraint64, constraintGradient64, lead } from './constraint-float64.ts';
import { type Coefficients64, Editor64 } from './editor-float64.ts';

const architecture: Architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 };
const STEPS = 3;
const MARGIN = 1e6;
const STAGES: readonly Stage[] = ['layer4', 'head'];
/** Of the largest derivative that was compared. */
const TOLERANCE = 2e-3;

/** Large enough that the steps turn the gradient, small enough that float32 follows double precision. */
const COEFFICIENTS: Readonly<Record<string, Coefficients64>> = {
  'gradient-descent': { rate: 2e-3 },
  'scaled-gradient-descent': { rate: 0.05 },
  momentum: { rate: 1e-3, momentum: 0.6 },
  rprop: { rate: 2e-3, increase: 1.3, decrease: 0.4 },
  rmsprop: { rate: 2e-3, decay: 0.4 },
  adam: { rate: 2e-3, firstDecay: 0.7, secondDecay: 0.8 },
};

const learned = [...parameterShapes(architecture).keys()];
const edited = editableNames(new Map(learned.map((name) => [name, null])), STAGES);
const weights = randomWeights(architecture, 21);
const start64 = toFloat64(weights);
const random = new RandomArrays(22);
const picture = random.between(-2, 2, [1, 3, 8, 8]);
const images = random.between(-2, 2, [2, 3, 8, 8]);
const labels = oneHot64([0, 2], 3);
const leads = [0, 1, 2].map((label) => constraint64(start64, picture, label));
const wanted = leads.indexOf(Math.max(...leads));

type Point = { readonly weights: Weights64; readonly coefficients: Coefficients64 };
type Gradients = ReadonlyMap<string, NdArray>;

/**
 * Of the network after the edit: the constraint, and the cross-entropy of other pictures.
 * @param gradientAt the gradient that step `index` takes at some weights
 */
function objective64(
  name: string,
  { weights, coefficients }: Point,
  gradientAt: (at: Weights64, index: number) => Gradients,
): number {
  const editor = new Editor64(name, coefficients);
  let current: Weights64 = weights;
  for (let step = 0; step < STEPS; step++) {
    const parameters = new Map(edited.map((each) => [each, current.get(each)!]));
    const next = editor.step(parameters, gradientAt(current, step));
    current = new Map([...current, ...next]);
  }
  const constraint = lead(resnet18Float64(current, picture, 'eval').logits.data, wanted);
  const others = resnet18Float64(current, images, 'eval').logits;
  return constraint + f64.crossEntropy(others, labels).data[0]!;
}

const throughEditor = (at: Weights64) => constraintGradient64(at, picture, wanted);

/** The same with the gradients that the editor takes at the start held fast. */
function asConstants(name: string, coefficients: Coefficients64) {
  const taken: Gradients[] = [];
  objective64(name, { weights: start64, coefficients }, (at, step) => {
    taken[step] = throughEditor(at);
    return taken[step];
  });
  return (_: Weights64, step: number) => taken[step]!;
}

/** The objective of the product, with its derivatives under `d <name>`. */
function objective(name: string, firstOrder: boolean): (inputs: TensorMap) => TensorMap {
  const editor = withCoefficients(EDITORS[name]!, COEFFICIENTS[name]!);
  const coefficientNames = Object.keys(editor.coefficients).map((each) => `c ${each}`);
  const variables = [...learned, ...coefficientNames];
  const options = { steps: STEPS, margin: MARGIN, stages: STAGES, firstOrder };
  const from = firstStage(STAGES);
  return (inputs) => {
    const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
      const all = { ...inputs };
      variables.forEach((each, index) => {
        all[each] = tensors[index]!;
      });
      const start = Object.fromEntries(edited.map((each) => [each, all[each]!]));
      const coefficients = Object.fromEntries(
        coefficientNames.map((each) => [each.slice('c '.length), all[each]!]),
      );
      const layer = evaluationLayer(all);
      const sample = {
        activations: resnet18Prefix(architecture, all, layer, inputs.picture!, from),
        oneHot: inputs.wanted!,
      };
      const edit = unrolledEdit(architecture, editor, options, start, all, sample, coefficients);
      const after = { ...all, ...edit.edited };
      const last = evaluationLayer(after);
      const logits = resnet18Suffix(architecture, after, last, sample.activations, from);
      const others = resnet18(architecture, after, last, inputs.images!);
      return tf.add<tf.Scalar>(
        tf.sum(constraintLoss(logits, sample.oneHot)),
        crossEntropy(others, inputs.labels!),
      );
    })(variables.map((each) => inputs[each]!));
    const derivatives = variables.map((each, index) => [`d ${each}`, grads[index]!]);
    return { value, ...Object.fromEntries(derivatives) };
  };
}

/** Directions to go in: in all parameters, in those edited, in those before them, in each coefficient. */
const parts = {
  'all parameters': learned,
  'the edited ones': edited,
  'those before': learned.filter((name) => /^(conv1|bn1|layer[123])\b/.test(name)),
};
const directions = Object.entries(parts).flatMap(([title, names]) =>
  [0, 1].map(() => ({
    title,
    along: new Map(names.map((name) => [name, random.between(-1, 1, start64.get(name)!.shape)])),
  })),
);

/** Central difference of a function of one number, refined once (Richardson). */
function derivative(f: (by: number) => number, step: number): number {
  const central = (h: number) => (f(h) - f(-h)) / (2 * h);
  return (4 * central(step / 2) - central(step)) / 3;
}

const reference = (name: string, gradientAt: (at: Weights64, step: number) => Gradients) => {
  const coefficients = COEFFICIENTS[name]!;
  const byDirection = directions.map(({ along }) =>
    derivative((by) => {
      const moved = [...along].map(
        ([each, direction]) => [each, addScaled(start64.get(each)!, direction, by)] as const,
      );
      return objective64(
        name,
        { weights: new Map([...start64, ...moved]), coefficients },
        gradientAt,
      );
    }, 1e-6),
  );
  const byCoefficient = Object.entries(coefficients).map(([each, value]) =>
    derivative((by) => {
      const point = { weights: start64, coefficients: { ...coefficients, [each]: value + by } };
      return objective64(name, point, gradientAt);
    }, 1e-5 * value),
  );
  return { byDirection, byCoefficient };
};

test('the gradient of the reference is what its differences are', () => {
  const gradients = constraintGradient64(start64, picture, wanted);
  expect([...gradients.keys()].sort()).toEqual([...learned].sort());
  for (const [name, { data }] of gradients) {
    const direction = random.between(-1, 1, start64.get(name)!.shape);
    const expected = derivative((by) => {
      const moved = addScaled(start64.get(name)!, direction, by);
      return constraint64(new Map([...start64, [name, moved]]), picture, wanted);
    }, 1e-7);
    expect(Math.abs(dot(data, direction.data) - expected), name).toBeLessThan(1e-5);
  }
});

async function evaluate(engine: Engine, name: string, firstOrder: boolean) {
  const compiled = engine.compile(objective(name, firstOrder));
  const coefficients = Object.fromEntries(
    Object.entries(COEFFICIENTS[name]!).map(([each, value]) => [
      `c ${each}`,
      engine.upload(Float32Array.of(value), []),
    ]),
  );
  const inputs = {
    ...uploadWeights(engine, weights),
    ...coefficients,
    picture: upload(engine, picture),
    wanted: upload(engine, oneHot64([wanted], 3)),
    images: upload(engine, images),
    labels: upload(engine, labels),
  };
  const outputs = await readAll(await compiled.run(inputs));
  disposeValues(inputs);
  await compiled.dispose();
  const byDirection = directions.map(({ along }) =>
    f64.total([...along].map(([each, { data }]) => dot(outputs[`d ${each}`]!, data))),
  );
  const byCoefficient = Object.keys(coefficients).map((each) => outputs[`d ${each}`]![0]!);
  return { value: outputs.value![0]!, byDirection, byCoefficient };
}

/** The largest difference, relative to the largest derivative. */
function worst(actual: readonly number[], expected: readonly number[]): number {
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...actual.map((each, index) => Math.abs(each - expected[index]!))) / scale;
}

test('covers every editor', () => {
  expect(Object.keys(COEFFICIENTS)).toEqual(UNROLLED_EDITOR_NAMES);
  for (const name of UNROLLED_EDITOR_NAMES) {
    expect(Object.keys(COEFFICIENTS[name]!)).toEqual(
      Object.keys(coefficientValues(EDITORS[name]!)),
    );
  }
});

describe.each(UNROLLED_EDITOR_NAMES)(`%s, unrolled for ${STEPS} steps`, (name) => {
  const coefficients = COEFFICIENTS[name]!;
  const value = objective64(name, { weights: start64, coefficients }, throughEditor);
  const expected = reference(name, throughEditor);

  describeEveryEngine((engine) => {
    test('is derived by every parameter and coefficient as finite differences are', async () => {
      const actual = await evaluate(engine, name, false);
      expect(Math.abs(actual.value - value)).toBeLessThan(1e-3 * Math.abs(value));
      expect(worst(actual.byDirection, expected.byDirection)).toBeLessThan(TOLERANCE);
      expect(worst(actual.byCoefficient, expected.byCoefficient)).toBeLessThan(TOLERANCE);
    });
  });
});

describe.each(['gradient-descent', 'rmsprop'])('%s, derived to first order', (name) => {
  const coefficients = COEFFICIENTS[name]!;
  const exact = reference(name, throughEditor);
  const expected = reference(name, asConstants(name, coefficients));

  test('is something else than the whole derivative', () => {
    expect(worst(expected.byDirection, exact.byDirection)).toBeGreaterThan(10 * TOLERANCE);
  });

  describeEveryEngine((engine) => {
    test('takes the gradients inside the editor for constants', async () => {
      const actual = await evaluate(engine, name, true);
      expect(worst(actual.byDirection, expected.byDirection)).toBeLessThan(TOLERANCE);
      expect(worst(actual.byCoefficient, expected.byCoefficient)).toBeLessThan(TOLERANCE);
    });
  });
});
