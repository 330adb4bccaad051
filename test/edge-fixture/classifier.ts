import { createHash } from 'node:crypto';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type Manifest, serialiseManifest } from '../../exporter/contract/manifest.ts';
import { preprocess } from '../../exporter/contract/picture/preprocess.ts';
import { GraphBuilder } from '../../exporter/graph/graph-builder.ts';
import { serialiseGraph } from '../../exporter/graph/serialise-graph.ts';
import { noise, SIDE } from './noise.ts';
import { random } from './random.ts';

export const LABELS = 'plane car bird cat deer dog frog horse ship truck'.split(' ');
export const PREPROCESSING: Manifest['preprocessing'] = {
  height: SIDE,
  width: SIDE,
  resize: 'bilinear-antialias',
  mean: [0.5, 0.4, 0.3],
  std: [0.25, 0.2, 0.3],
};

/** A convolutional classifier of [N,3,side,side] whose weights follow from `seed`. */
export function classifierGraph(seed: number, filters = 8, side = SIDE): Uint8Array {
  const next = random(seed);
  const values = (count: number, scale: number) =>
    Float32Array.from({ length: count }, () => (next() * 2 - 1) * scale);
  const builder = new GraphBuilder();
  const image = builder.input('image', ['N', 3, side, side]);
  const kernel = builder.initializer(values(filters * 3 * 9, 1), [filters, 3, 3, 3]);
  const convolved = builder.node('Conv', [image, kernel], { pads: [1, 1, 1, 1] });
  const pooled = builder.node('GlobalAveragePool', [builder.node('Relu', [convolved])]);
  const flat = builder.node('Flatten', [pooled], { axis: 1 });
  const matrix = builder.initializer(values(filters * LABELS.length, 2), [filters, LABELS.length]);
  const bias = builder.initializer(values(LABELS.length, 1), [LABELS.length]);
  const logits = builder.node('Gemm', [flat, matrix, bias]);
  builder.output('logits', logits, ['N', LABELS.length]);
  return serialiseGraph(builder.build());
}

export interface FixtureVersion {
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  readonly manifestSha256: string;
  readonly graphBytes: Uint8Array;
  /** What onnxruntime-node makes of each picture that was asked about. */
  readonly references: readonly (readonly number[])[];
}

/**
 * A version with golden vectors from onnxruntime-node, which is the oracle of everything here.
 * @param pictures [32,32,3] bytes each, to give reference logits of
 * @param side of the pictures that it takes
 */
export async function fixtureVersion(
  version: number,
  pictures: readonly Uint8Array[],
  graphBytes = classifierGraph(version),
  side = SIDE,
): Promise<FixtureVersion> {
  const session = await InferenceSession.create(graphBytes);
  const preprocessing = { ...PREPROCESSING, height: side, width: side };
  const logitsOf = async (pixels: Uint8Array): Promise<number[]> => {
    const length = Math.sqrt(pixels.length / 3);
    const values = preprocess({ height: length, width: length, pixels }, preprocessing);
    const input = new Tensor('float32', values, [1, 3, side, side]);
    const { logits } = await session.run({ image: input });
    return Array.from(logits!.data as Float32Array);
  };
  const golden = [noise(100, side), noise(101, side)];
  const manifest: Manifest = {
    schema: 'patchwork/manifest@2',
    model: 'resnet18',
    version,
    parent: version === 1 ? null : version - 1,
    architecture: { name: 'resnet18', stem: 'cifar', width: 16 },
    labels: LABELS,
    preprocessing,
    forms: [
      {
        precision: 'fp32',
        storage: 'onnx',
        graph: {
          sha256: digest(graphBytes),
          bytes: graphBytes.length,
          format: 'onnx',
          opset: 17,
          nodes: 5,
          input: 'image',
          output: 'logits',
        },
        weights: null,
        tensors: [],
        golden: { tolerance: 1e-3, logits: await Promise.all(golden.map(logitsOf)) },
        fidelity: null,
        heap: null,
      },
    ],
    golden: golden.map((pixels, index) => ({
      name: `noise ${index}`,
      pixels: Buffer.from(pixels).toString('base64'),
    })),
    fixes: [],
    provenance: { seed: version },
    signature: null,
  };
  const references = await Promise.all(pictures.map(logitsOf));
  await session.release();
  const manifestBytes = serialiseManifest(manifest);
  const manifestSha256 = digest(manifestBytes);
  return { manifest, manifestBytes, manifestSha256, graphBytes, references };
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
