import type { Form } from '../contract/form.ts';
import type { GoldenPicture, Preprocessing } from '../contract/manifest.ts';
import { fitPicture, normalise } from '../contract/picture/preprocess.ts';
import { ClassifierSession } from './classifier-session.ts';
import { ExportError } from './export-error.ts';
import type { ExportedGraph, LogitsFunction } from './exported-graph.ts';
import { goldenPictures, type NamedPicture } from './golden-pictures.ts';
import { largestDifference } from './largest-difference.ts';

/** How far the logits of two runtimes may lie apart. */
export const GOLDEN_TOLERANCE = 1e-3;

const SEED = 1;

export interface GoldenRequest {
  readonly graph: ExportedGraph;
  readonly preprocessing: Preprocessing;
  readonly classes: number;
  /** The engine's logits, which the graph's must agree with. */
  readonly reference: LogitsFunction;
  /** Pictures of any size to add to the synthetic ones, such as the one that was patched. */
  readonly pictures?: readonly NamedPicture[];
}

/** Golden pictures, and the logits that a form must give for them. */
export interface GoldenVectors {
  readonly pictures: GoldenPicture[];
  readonly golden: Form['golden'];
}

/**
 * Makes the golden vectors of a graph: synthetic pictures and the given ones, with the logits that the
 * graph gives in onnxruntime-node.
 * @throws ExportError GOLDEN_DIFFERS when the engine's logits lie further than the tolerance away, and
 *   what opening and running the graph throws
 */
export async function goldenVectors(request: GoldenRequest): Promise<GoldenVectors> {
  const { graph, preprocessing, classes } = request;
  const { height, width } = preprocessing;
  const fitted = [...goldenPictures(height, width, SEED), ...(request.pictures ?? [])].map(
    ({ name, picture }) => ({ name, pixels: fitPicture(picture, preprocessing) }),
  );
  const images = normalise(Buffer.concat(fitted.map(({ pixels }) => pixels)), preprocessing);
  const logits = await graphLogits(graph, { height, width, classes }, images, fitted.length);
  const expected = await request.reference(images, fitted.length);
  const worst = largestDifference(logits, expected, classes);
  if (worst.difference > GOLDEN_TOLERANCE) {
    throw new ExportError(
      'GOLDEN_DIFFERS',
      `The exported graph differs from the engine on golden picture "${fitted[worst.row]?.name}", class ${worst.column}: ${worst.left} instead of ${worst.right}, ${worst.difference} apart where ${GOLDEN_TOLERANCE} is allowed. Nothing was exported.`,
    );
  }
  const pictures = fitted.map(({ name, pixels }) => ({
    name,
    pixels: Buffer.from(pixels).toString('base64'),
  }));
  const rows = fitted.map((_, row) =>
    Array.from(logits.subarray(row * classes, (row + 1) * classes)),
  );
  return { pictures, golden: { tolerance: GOLDEN_TOLERANCE, logits: rows } };
}

async function graphLogits(
  graph: ExportedGraph,
  shape: { height: number; width: number; classes: number },
  images: Float32Array,
  count: number,
): Promise<Float32Array> {
  const session = await ClassifierSession.open(graph, shape);
  try {
    return await session.logits(images, count);
  } finally {
    await session.release();
  }
}
