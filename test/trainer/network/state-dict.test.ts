import { describe, expect, test } from 'vitest';
import {
  type Architecture,
  parameterShapes,
  STAGES,
  stageOf,
  statisticShapes,
} from '../../../trainer/network/architecture.ts';
import { initialWeights } from '../../../trainer/network/initialise.ts';

/** Of torchvision.models.resnet18(): convolution, normalisation, channels out and in, kernel. */
const TORCHVISION: readonly [string, string, number, number, number][] = [
  ['conv1', 'bn1', 64, 3, 7],
  ['layer1.0.conv1', 'layer1.0.bn1', 64, 64, 3],
  ['layer1.0.conv2', 'layer1.0.bn2', 64, 64, 3],
  ['layer1.1.conv1', 'layer1.1.bn1', 64, 64, 3],
  ['layer1.1.conv2', 'layer1.1.bn2', 64, 64, 3],
  ['layer2.0.conv1', 'layer2.0.bn1', 128, 64, 3],
  ['layer2.0.conv2', 'layer2.0.bn2', 128, 128, 3],
  ['layer2.0.downsample.0', 'layer2.0.downsample.1', 128, 64, 1],
  ['layer2.1.conv1', 'layer2.1.bn1', 128, 128, 3],
  ['layer2.1.conv2', 'layer2.1.bn2', 128, 128, 3],
  ['layer3.0.conv1', 'layer3.0.bn1', 256, 128, 3],
  ['layer3.0.conv2', 'layer3.0.bn2', 256, 256, 3],
  ['layer3.0.downsample.0', 'layer3.0.downsample.1', 256, 128, 1],
  ['layer3.1.conv1', 'layer3.1.bn1', 256, 256, 3],
  ['layer3.1.conv2', 'layer3.1.bn2', 256, 256, 3],
  ['layer4.0.conv1', 'layer4.0.bn1', 512, 256, 3],
  ['layer4.0.conv2', 'layer4.0.bn2', 512, 512, 3],
  ['layer4.0.downsample.0', 'layer4.0.downsample.1', 512, 256, 1],
  ['layer4.1.conv1', 'layer4.1.bn1', 512, 512, 3],
  ['layer4.1.conv2', 'layer4.1.bn2', 512, 512, 3],
];

/** What an extra block adds to the table: a block of the last stage's shape. */
const EXTRA: typeof TORCHVISION = [
  ['extra.0.conv1', 'extra.0.bn1', 512, 512, 3],
  ['extra.0.conv2', 'extra.0.bn2', 512, 512, 3],
];

/** The table scaled to another width, stem and number of classes: [learned, running statistics]. */
function expected({ stem, width, classes, extraBlock }: Architecture): [object, object] {
  const learned: Record<string, number[]> = {};
  const statistics: Record<string, number[]> = {};
  const table = extraBlock ? [...TORCHVISION, ...EXTRA] : TORCHVISION;
  for (const [convolution, normalisation, outAt64, inAt64, kernelOfTable] of table) {
    const out = (outAt64 / 64) * width;
    const into = inAt64 === 3 ? 3 : (inAt64 / 64) * width;
    const kernel = kernelOfTable === 7 && stem === 'cifar' ? 3 : kernelOfTable;
    learned[`${convolution}.weight`] = [out, into, kernel, kernel];
    for (const name of ['weight', 'bias']) learned[`${normalisation}.${name}`] = [out];
    for (const name of ['running_mean', 'running_var'])
      statistics[`${normalisation}.${name}`] = [out];
  }
  learned['fc.weight'] = [classes, 8 * width];
  learned['fc.bias'] = [classes];
  return [learned, statistics];
}

const architecture = (changes: Partial<Architecture>): Architecture => ({
  name: 'resnet18',
  stem: 'imagenet',
  width: 64,
  classes: 1000,
  ...changes,
});

describe.each([
  [architecture({})],
  [architecture({ stem: 'cifar', classes: 10 })],
  [architecture({ stem: 'cifar', width: 16, classes: 10 })],
  [architecture({ width: 5, classes: 3 })],
  [architecture({ extraBlock: true })],
])('%o', (each) => {
  const [learned, statistics] = expected(each);

  test('has the names and shapes of torchvision', () => {
    expect(Object.fromEntries(parameterShapes(each))).toEqual(learned);
    expect(Object.fromEntries(statisticShapes(each))).toEqual(statistics);
  });
});

test.each([
  ['torchvision.models.resnet18()', architecture({}), 11_689_512],
  ['the same with 10 classes', architecture({ classes: 10 }), 11_181_642],
  ['the usual ResNet-18 for CIFAR-10', architecture({ stem: 'cifar', classes: 10 }), 11_173_962],
])('%s has its number of parameters', (_, each, count) => {
  const sizes = [...parameterShapes(each).values()].map((shape) =>
    shape.reduce((product, extent) => product * extent, 1),
  );
  expect(sizes.reduce((sum, size) => sum + size)).toBe(count);
});

test('every parameter belongs to the stage that its name says', () => {
  const names = [...parameterShapes(architecture({ extraBlock: true })).keys()];
  const byStage = Object.fromEntries(
    STAGES.map((stage) => [stage, names.filter((name) => stageOf(name) === stage).length]),
  );
  const layers = { layer1: 12, layer2: 15, layer3: 15, layer4: 15, extra: 6 };
  expect(byStage).toEqual({ stem: 3, ...layers, head: 2 });
  expect([stageOf('conv1.weight'), stageOf('bn1.bias'), stageOf('fc.weight')]).toEqual([
    'stem',
    'stem',
    'head',
  ]);
  expect(stageOf('layer3.1.bn2.running_mean')).toBe('layer3');
});

describe('initial weights', () => {
  const small = architecture({ stem: 'cifar', width: 16, classes: 10 });
  const weights = initialWeights(small, 1);
  const moments = (name: string) => {
    const { data } = weights.get(name)!;
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
    return { mean, variance };
  };

  test('fill every parameter and statistic', () => {
    const shapes = Object.fromEntries([...weights].map(([name, { shape }]) => [name, shape]));
    const [learned, statistics] = expected(small);
    expect(shapes).toEqual({ ...learned, ...statistics });
  });

  test('are those that torchvision draws: He initialisation by fan-out, identity, uniform head', () => {
    // 128 x 128 x 9 samples: the standard error of the variance is 0.4 %.
    const { mean, variance } = moments('layer4.1.conv2.weight');
    expect(variance).toBeCloseTo(2 / (128 * 9), 4);
    expect(Math.abs(mean)).toBeLessThan(5e-4);
    expect(moments('layer4.0.downsample.0.weight').variance).toBeCloseTo(2 / 128, 3);
    expect(moments('layer2.0.conv1.weight').variance / (2 / (32 * 9))).toBeCloseTo(1, 1);

    const bound = 1 / Math.sqrt(128);
    const head = weights.get('fc.weight')!.data;
    expect(Math.max(...head.map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(Math.max(...head.map(Math.abs))).toBeGreaterThan(0.98 * bound);
    expect(moments('fc.weight').variance / (bound ** 2 / 3)).toBeCloseTo(1, 1);

    for (const [name, value] of [
      ['weight', 1],
      ['bias', 0],
      ['running_mean', 0],
      ['running_var', 1],
    ] as const) {
      expect(new Set(weights.get(`layer3.0.downsample.1.${name}`)!.data)).toEqual(new Set([value]));
    }
  });

  test('depend on the seed and on nothing else', () => {
    expect(initialWeights(small, 1)).toEqual(weights);
    const other = initialWeights(small, 2).get('conv1.weight')!.data;
    expect(other).not.toEqual(weights.get('conv1.weight')!.data);
    const wider = initialWeights({ ...small, classes: 20 }, 1).get('conv1.weight');
    expect(wider).toEqual(weights.get('conv1.weight'));
  });
});
