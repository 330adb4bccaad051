import { describe, expect, test } from 'vitest';
import { FormSession } from '../../../exporter/format/runtime/form-session.ts';
import { ModelProto } from '../../../exporter/graph/onnx-message.ts';
import { serialiseGraph } from '../../../exporter/graph/serialise-graph.ts';
import { randomFor } from '../../../trainer/data/random.ts';
import { Classifier } from '../../../trainer/evaluation/classifier.ts';
import { traceClassifier } from '../../../trainer/export/trace-classifier.ts';
import type { Architecture } from '../../../trainer/network/architecture.ts';
import { onnxForm } from '../../exporter/small-classifier.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import { randomNetwork } from './random-network.ts';

interface OnnxModel {
  readonly opsetImport: { readonly domain: string; readonly version: { toNumber(): number } }[];
  readonly graph: {
    readonly node: { readonly opType: string; readonly input: string[] }[];
    readonly initializer: { readonly name: string; readonly dims: { toNumber(): number }[] }[];
  };
}

/** The convolutions and the classifier of torchvision's resnet18, whose biases folding adds. */
const LAYERS = [
  'conv1',
  ...[1, 2, 3, 4].flatMap((stage) => [
    `layer${stage}.0.conv1`,
    `layer${stage}.0.conv2`,
    ...(stage > 1 ? [`layer${stage}.0.downsample.0`] : []),
    `layer${stage}.1.conv1`,
    `layer${stage}.1.conv2`,
  ]),
  'fc',
];

describe.each([
  ['cifar', 12],
  ['cifar', 32],
  ['imagenet', 48],
] as const)('the exported graph with the %s stem at %i pixels', (stem, side) => {
  const architecture: Architecture = { name: 'resnet18', stem, width: 4, classes: 5 };
  const { weights, dataSet } = randomNetwork(architecture, side);
  const graph = traceClassifier(architecture, weights, dataSet.preprocessing);
  const form = onnxForm(graph);
  const model = ModelProto.decode(form.graph.bytes) as unknown as OnnxModel;
  const random = randomFor(3, stem, side);
  const images = Float32Array.from({ length: 7 * 3 * side * side }, () => random.between(-2, 2));
  const openGraph = () =>
    FormSession.open(form, { height: side, width: side, classes: 5 }, 'native');

  describeEveryEngine((engine) => {
    test('gives the logits of the engine', async () => {
      const classifier = new Classifier(engine, architecture);
      const expected = await classifier.logits(weights, images, dataSet.preprocessing);
      await classifier.dispose();
      const session = await openGraph();
      const logits = await session.logits(images, 7);
      await session.release();
      expect(new Set(logits).size).toBeGreaterThan(30);
      logits.forEach((logit, index) => {
        expect(Math.abs(logit - expected[index]!)).toBeLessThan(1e-4);
      });
    });
  });

  test('takes any batch, and no picture depends on the others', async () => {
    const session = await openGraph();
    const together = await session.logits(images, 7);
    const stride = 3 * side * side;
    for (const [start, count] of [
      [0, 1],
      [2, 1],
      [1, 4],
      [3, 3],
    ] as const) {
      const apart = await session.logits(
        images.subarray(start * stride, (start + count) * stride),
        count,
      );
      apart.forEach((logit, index) => {
        expect(logit).toBeCloseTo(together[start * 5 + index]!, 4);
      });
    }
    await session.release();
  });

  test('carries every weight under its name in torchvision, and as it lies there', () => {
    const initializers = new Map(
      model.graph.initializer.map(({ name, dims }) => [name, dims.map((dim) => dim.toNumber())]),
    );
    for (const layer of LAYERS) {
      const shape = weights.get(`${layer}.weight`)!.shape;
      expect(initializers.get(`${layer}.weight`), layer).toEqual(shape);
      expect(initializers.get(`${layer}.bias`), layer).toEqual([shape[0]]);
    }
    const others = [...initializers].filter(([name]) => !/\.(weight|bias)$/.test(name));
    for (const [name, dims] of others) {
      const elements = dims.reduce((product, dim) => product * dim, 1);
      expect(elements, name).toBeLessThan(10);
    }
  });

  test('holds nothing that only moves data or does nothing', () => {
    const types = model.graph.node.map(({ opType }) => opType);
    const idle = ['Identity', 'Transpose', 'Cast', 'BatchNormalization', 'Dropout'];
    expect(types.filter((type) => idle.includes(type))).toEqual([]);
    expect(types.filter((type) => type === 'Conv').length).toBe(20);
    expect(types.length).toBe(graph.nodes.length);
    expect(model.opsetImport.map(({ version }) => version.toNumber())).toEqual([graph.opset]);
  });

  test('is the same, byte for byte, when it is traced again', () => {
    const again = traceClassifier(architecture, weights, dataSet.preprocessing);
    expect(Buffer.compare(serialiseGraph(again), form.graph.bytes)).toBe(0);
  });
});
