import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { largestDifference } from '../../exporter/format/largest-difference.ts';
import { randomFor } from '../data/random.ts';
import type { Engine } from '../engine/engine.ts';
import { Classifier } from '../evaluation/classifier.ts';
import { ImportError } from './import-error.ts';
import type { ImportedNetwork } from './imported-network.ts';
import type { OnnxModel } from './onnx-model.ts';

/** Enough for every weight to matter; the graphs of ONNX files often take one picture at a time. */
const IMAGES = 8;

/** Of the largest logit, or of 1 where all are smaller. */
const TOLERANCE = 1e-4;

export interface ComparedLogits {
  readonly images: number;
  readonly maxDifference: number;
}

/**
 * Runs the file itself in onnxruntime-node and what was read of it on the engine, and compares.
 * @param path the ONNX file, with its external data beside it
 * @throws ImportError LOGITS_DIFFER; NETWORK_UNKNOWN when onnxruntime cannot run it
 */
export async function compareLogits(
  engine: Engine,
  path: string,
  { input, output }: OnnxModel,
  { architecture, weights }: ImportedNetwork,
  { height, width }: Pick<Preprocessing, 'height' | 'width'>,
): Promise<ComparedLogits> {
  const stride = 3 * height * width;
  const random = randomFor(1, 'import check');
  const images = Float32Array.from({ length: IMAGES * stride }, () => random.between(-2, 2));
  const classifier = new Classifier(engine, architecture);
  const ours = await classifier
    .logits(weights, images, { height, width })
    .finally(() => classifier.dispose());
  const batch = input.dims[0] ?? 1;
  const theirs = await runFile(path, input.name, output, images, [batch, 3, height, width]);
  const compared = Math.min(theirs.length, ours.length);
  const { difference } = largestDifference(
    ours.subarray(0, compared),
    theirs.subarray(0, compared),
    architecture.classes,
  );
  const scale = Math.max(1, ...theirs.map(Math.abs));
  if (difference <= TOLERANCE * scale) {
    return { images: compared / architecture.classes, maxDifference: difference };
  }
  throw new ImportError(
    'LOGITS_DIFFER',
    `${path}: what was read of it gives logits that differ by ${difference} from those of the file, more than ${TOLERANCE * scale}; it is no ResNet-18 as torchvision has it. Nothing was written.`,
  );
}

/** The logits of as many images as whole batches hold, at least one batch. */
async function runFile(
  path: string,
  input: string,
  output: string,
  images: Float32Array,
  shape: readonly [number, number, number, number],
): Promise<Float32Array> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  try {
    const session = await InferenceSession.create(path, { logSeverityLevel: 3 });
    const size = shape.reduce((product, dim) => product * dim, 1);
    const rows: number[] = [];
    for (let start = 0; start < images.length; start += size) {
      const batch = new Float32Array(size);
      batch.set(images.subarray(start, start + size));
      const results = await session.run({ [input]: new Tensor('float32', batch, shape) });
      rows.push(...(results[output]!.data as Float32Array));
    }
    await session.release();
    return Float32Array.from(rows);
  } catch (cause) {
    throw new ImportError(
      'NETWORK_UNKNOWN',
      `${path}: onnxruntime cannot run it (${(cause as Error).message.split('\n')[0]}).`,
      { cause },
    );
  }
}
