import { beforeAll, describe, expect, test } from 'vitest';
import { editableObjective } from '../../../trainer/editable/editable-objective.ts';
import { EDITABLE_DEFAULTS } from '../../../trainer/editable/editable-options.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import type { Engine, TensorMap, ValueMap } from '../../../trainer/engine/engine.ts';
import {
  type Architecture,
  parameterShapes,
  statisticShapes,
} from '../../../trainer/network/architecture.ts';
import { foldBatchNorm } from '../../../trainer/network/fold-batch-norm.ts';
import { inference } from '../../../trainer/network/inference.ts';
import { initialWeights } from '../../../trainer/network/initialise.ts';
import { disposeValues, uploadWeights } from '../../../trainer/network/weights.ts';
import { MOMENT1, MOMENT2, trainingStep } from '../../../trainer/training/training-step.ts';
import { RandomArrays } from './float64/random-array.ts';
import { readAll, upload } from './gradient/compare-derivatives.ts';
import { ENGINES } from './present-engines.ts';

/** Of the largest element of each output: float32 sums in another order, through 20 layers and back. */
const TOLERANCE = 1e-3;

const BATCH = 4;
const CLASSES = 5;

const others = ENGINES.filter(({ engine }) => engine?.name !== 'cpu');
const reference = ENGINES.find(({ engine }) => engine?.name === 'cpu')!.engine!;

type Outputs = Record<string, Float32Array>;

async function runOn(
  engine: Engine,
  fn: (inputs: TensorMap) => TensorMap,
  inputs: (engine: Engine) => ValueMap,
): Promise<Outputs> {
  const compiled = engine.compile(fn);
  const values = inputs(engine);
  const outputs = await readAll(await compiled.run(values));
  disposeValues(values);
  await compiled.dispose();
  return outputs;
}

function expectAlike(actual: Outputs, expected: Outputs): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, elements] of Object.entries(expected)) {
    const scale = elements.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    const worst = elements.reduce(
      (most, value, index) => Math.max(most, Math.abs(value - actual[name]![index]!)),
      0,
    );
    expect(worst / scale, name).toBeLessThan(TOLERANCE);
  }
}

describe.each([
  { stem: 'cifar', size: 16 },
  { stem: 'imagenet', size: 32 },
] as const)('ResNet-18 with the $stem stem', ({ stem, size }) => {
  const architecture: Architecture = { name: 'resnet18', stem, width: 4, classes: CLASSES };
  const weights = initialWeights(architecture, 1);
  const random = new RandomArrays(2);
  const images = random.between(-2, 2, [BATCH, 3, size, size]);
  const editImage = random.between(-2, 2, [1, 3, size, size]);
  const oneHot = (labels: number[]) => {
    const data = labels.flatMap((label) =>
      Array.from({ length: CLASSES }, (_, index) => Number(index === label)),
    );
    return { shape: [labels.length, CLASSES], data: Float64Array.from(data) };
  };

  const learned = [...parameterShapes(architecture).keys()];
  const statistics = [...statisticShapes(architecture).keys()];
  const objective = editableObjective(architecture, {
    ...EDITABLE_DEFAULTS,
    editor: gradientDescent(0.01),
    steps: 2,
    stages: ['layer3', 'layer4'],
    editWeight: 1,
    localityWeight: 1,
  });
  const step = trainingStep(learned, statistics, objective, 10);
  const stepInputs = (engine: Engine): ValueMap => {
    const inputs = uploadWeights(engine, weights);
    for (const name of learned) {
      const { shape, data } = weights.get(name)!;
      inputs[MOMENT1 + name] = engine.upload(new Float32Array(data.length), shape);
      inputs[MOMENT2 + name] = engine.upload(new Float32Array(data.length), shape);
    }
    inputs.images = upload(engine, images);
    inputs.oneHot = upload(engine, oneHot([0, 1, 2, 3]));
    inputs.editImages = upload(engine, editImage);
    inputs.editOneHot = upload(engine, oneHot([4]));
    inputs.rate = engine.upload(Float32Array.of(1e-3), []);
    return inputs;
  };

  const folded = foldBatchNorm(architecture, weights);
  const inferenceInputs = (engine: Engine): ValueMap => ({
    ...uploadWeights(engine, folded),
    images: upload(engine, images),
  });

  let expectedStep: Outputs;
  let expectedLogits: Outputs;
  beforeAll(async () => {
    expectedStep = await runOn(reference, step, stepInputs);
    expectedLogits = await runOn(reference, inference(architecture), inferenceInputs);
  });

  for (const { title, engine } of others) {
    const suite = engine ? test : test.skip;
    suite(`${title}: an Editable Training step gives what the cpu engine gives`, async () => {
      const actual = await runOn(engine!, step, stepInputs);
      for (const name of learned) {
        delete actual[name];
        delete actual[MOMENT2 + name];
      }
      const expected = Object.fromEntries(
        Object.keys(actual).map((name) => [name, expectedStep[name]!]),
      );
      expectAlike(actual, expected);
    });
    suite(`${title}: inference gives the logits of the cpu engine`, async () => {
      expectAlike(await runOn(engine!, inference(architecture), inferenceInputs), expectedLogits);
    });
  }
});
