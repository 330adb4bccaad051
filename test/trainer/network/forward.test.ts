import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Compiled, Engine, TensorMap } from '../../../trainer/engine/engine.ts';
import type { Architecture } from '../../../trainer/network/architecture.ts';
import { evaluationLayer, trainingLayer } from '../../../trainer/network/convolution-layer.ts';
import { foldBatchNorm } from '../../../trainer/network/fold-batch-norm.ts';
import { inference } from '../../../trainer/network/inference.ts';
import { resnet18 } from '../../../trainer/network/resnet18.ts';
import { disposeValues, uploadWeights, type Weights } from '../../../trainer/network/weights.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import type { NdArray } from '../engine/float64/nd-array.ts';
import { RandomArrays } from '../engine/float64/random-array.ts';
import { upload } from '../engine/gradient/compare-derivatives.ts';
import { randomWeights } from '../export/random-network.ts';
import { resnet18Float64, toFloat64 } from './resnet18-float64.ts';

const BATCH = 4;
const CLASSES = 5;

// Sides that halve evenly and sides that do not, where padding on both sides matters.
describe.each([
  ['cifar', 12, {}],
  ['cifar', 9, {}],
  ['imagenet', 33, {}],
  ['imagenet', 32, { extraBlock: true }],
] as const)('ResNet-18 with the %s stem, pictures of %i pixels, %o', (stem, side, extra) => {
  const architecture: Architecture = {
    name: 'resnet18',
    stem,
    width: 2,
    classes: CLASSES,
    ...extra,
  };
  const weights = randomWeights(architecture, 4);
  const images = new RandomArrays(side).between(-2, 2, [BATCH, 3, side, side]);
  const weights64 = toFloat64(weights);

  const modes: Record<string, [(inputs: TensorMap) => TensorMap, Weights]> = {
    evaluation: [
      (inputs) => ({
        logits: resnet18(architecture, inputs, evaluationLayer(inputs), inputs.images!),
      }),
      weights,
    ],
    training: [
      (inputs) => ({
        logits: resnet18(
          architecture,
          inputs,
          trainingLayer(inputs, () => {}),
          inputs.images!,
        ),
      }),
      weights,
    ],
    inference: [inference(architecture), foldBatchNorm(architecture, weights)],
  };

  const run = async (engine: Engine, mode: string): Promise<Float32Array> => {
    const [fn, parameters] = modes[mode]!;
    const compiled: Compiled = engine.compile(fn);
    const inputs = { ...uploadWeights(engine, parameters), images: upload(engine, images) };
    const { logits } = await compiled.run(inputs);
    expect(logits!.shape).toEqual([BATCH, CLASSES]);
    const result = await logits!.read();
    disposeValues({ ...inputs, logits: logits! });
    await compiled.dispose();
    return result;
  };

  const expectNear = (actual: Float32Array, expected: ArrayLike<number>, tolerance: number) => {
    expect(actual.length).toBe(expected.length);
    actual.forEach((value, index) => {
      expect(Math.abs(value - expected[index]!)).toBeLessThan(tolerance);
    });
  };

  let evaluated: NdArray;
  let trained: NdArray;
  beforeAll(() => {
    evaluated = resnet18Float64(weights64, images, 'eval').logits;
    trained = resnet18Float64(weights64, images, 'train').logits;
  });
  afterAll(() => {
    // The two modes must differ for the comparisons to tell them apart.
    expect(Math.abs(evaluated.data[0]! - trained.data[0]!)).toBeGreaterThan(1e-2);
  });

  describeEveryEngine((engine) => {
    test('evaluation gives what torchvision computes', async () => {
      expectNear(await run(engine, 'evaluation'), evaluated.data, 1e-5);
    });

    test('folded inference gives what evaluation gives', async () => {
      expectNear(await run(engine, 'inference'), await run(engine, 'evaluation'), 1e-5);
    });

    test('training normalises by the statistics of the batch', async () => {
      expectNear(await run(engine, 'training'), trained.data, 1e-4);
    });
  });
});
