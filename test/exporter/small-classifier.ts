import type { ArtifactContent } from '../../exporter/artifact/build-artifact.ts';
import type { ClassifierShape, ExportedForm } from '../../exporter/format/exported-graph.ts';
import { goldenPictures } from '../../exporter/format/golden-pictures.ts';
import type { Graph } from '../../exporter/graph/graph.ts';
import { GraphBuilder } from '../../exporter/graph/graph-builder.ts';
import { serialiseGraph } from '../../exporter/graph/serialise-graph.ts';

export const SHAPE: ClassifierShape = { height: 4, width: 5, classes: 3 };
export const FEATURES = 3 * 4 * 5;

/** Seeded values in (-1, 1), by the minimal standard generator of Park and Miller. */
export function randomValues(count: number, seed: number): Float32Array {
  let state = (seed % 2147483646) + 1;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647) * 2 - 1;
  });
}

/** A linear classifier of [N,3,4,5], written as ONNX, and the same computed in double precision. */
export function smallClassifier(seed = 1): {
  form: ExportedForm;
  logits: (images: Float32Array, count: number) => Float32Array;
} {
  const weights = randomValues(FEATURES * SHAPE.classes, seed);
  const form = exported((builder) => {
    const image = builder.input('image', ['N', 3, SHAPE.height, SHAPE.width]);
    const flat = builder.node('Flatten', [image], { axis: 1 });
    const matrix = builder.initializer(weights, [FEATURES, SHAPE.classes]);
    builder.output('logits', builder.node('MatMul', [flat, matrix]), ['N', SHAPE.classes]);
  });
  const logits = (images: Float32Array, count: number) =>
    Float32Array.from({ length: count * SHAPE.classes }, (_, index) => {
      const image = Math.floor(index / SHAPE.classes);
      let sum = 0;
      for (let feature = 0; feature < FEATURES; feature++) {
        sum +=
          images[image * FEATURES + feature]! *
          weights[feature * SHAPE.classes + (index % SHAPE.classes)]!;
      }
      return sum;
    });
  return { form, logits };
}

/** Serialises what `write` builds between the ports `image` and `logits`. */
export function exported(write: (builder: GraphBuilder) => void): ExportedForm {
  const builder = new GraphBuilder();
  write(builder);
  return onnxForm(builder.build());
}

/** A graph as the plain fp32 form of a version. */
export function onnxForm(graph: Graph): ExportedForm {
  return {
    precision: 'fp32',
    storage: 'onnx',
    graph: {
      bytes: serialiseGraph(graph),
      format: 'onnx',
      opset: graph.opset,
      nodes: graph.nodes.length,
      input: graph.inputs[0]!.name,
      output: graph.outputs[0]!.name,
    },
    weights: null,
    tensors: [],
  };
}

/** The content of a valid artifact of the small classifier; `seed` decides its weights. */
export function smallContent(version: number, seed = version): ArtifactContent {
  const [grey] = goldenPictures(SHAPE.height, SHAPE.width, seed);
  return {
    forms: [
      {
        ...smallClassifier(seed).form,
        golden: { tolerance: 1e-3, logits: [[0.5, -1.25, 2]] },
        fidelity: null,
        heap: null,
      },
    ],
    model: 'resnet18',
    version,
    parent: version === 1 ? null : version - 1,
    architecture: { name: 'resnet18', stem: 'cifar', width: 16 },
    labels: ['cat', 'dog', 'ship'],
    preprocessing: {
      height: SHAPE.height,
      width: SHAPE.width,
      resize: 'bilinear-antialias',
      mean: [0.5, 0.5, 0.5],
      std: [0.25, 0.25, 0.25],
    },
    golden: [{ name: 'grey', pixels: Buffer.from(grey!.picture.pixels).toString('base64') }],
    fixes: [],
    provenance: { seed, engine: 'onnx' },
  };
}
