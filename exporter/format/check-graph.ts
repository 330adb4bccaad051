import { ExportError } from './export-error.ts';
import type { ClassifierShape, ExportedForm } from './exported-graph.ts';
import { largestDifference } from './largest-difference.ts';
import { type FormSession, withSession } from './runtime/form-session.ts';

/** How many images an export is compared on. */
export const CHECK_IMAGES = 256;

/** The largest absolute difference of a logit between the engine and the exported graph. */
export const CHECK_TOLERANCE = 1e-4;

/** A batch of one and one that no power of two divides, against the batches of the whole check. */
const PROBE_BATCHES = [1, 3] as const;

/** What the engine computes: images [count,3,H,W] and their logits [count,classes]. */
export interface Reference {
  readonly count: number;
  readonly images: Float32Array;
  readonly logits: Float32Array;
}

/** The figures of a check that passed. */
export interface GraphCheck {
  readonly images: number;
  /** Largest absolute difference of a logit. */
  readonly maxDifference: number;
}

/**
 * Checks an exported graph against the engine that it was traced from: its input and output, its
 * logits, and that its batch dimension is free and no row depends on the others.
 * @throws ExportError with the figures and the image: GRAPH_UNREADABLE, GRAPH_PORTS, GRAPH_BATCH,
 *   GRAPH_DIFFERS, or REFERENCE_SHAPE when `reference` itself does not fit
 */
export async function checkGraph(
  form: ExportedForm,
  shape: ClassifierShape,
  reference: Reference,
  tolerance: number = CHECK_TOLERANCE,
): Promise<GraphCheck> {
  const { count } = reference;
  if (count < Math.max(...PROBE_BATCHES) || reference.logits.length !== count * shape.classes) {
    throw new ExportError(
      'REFERENCE_SHAPE',
      `A check takes at least ${Math.max(...PROBE_BATCHES)} images with ${shape.classes} logits each; got ${count} images and ${reference.logits.length} logits.`,
    );
  }
  return withSession(form, shape, 'native', async (session) => {
    const logits = await session.logits(reference.images, count);
    const worst = largestDifference(logits, reference.logits, shape.classes);
    if (worst.difference > tolerance) {
      throw new ExportError(
        'GRAPH_DIFFERS',
        `The exported graph differs from the engine at image ${worst.row} of ${count}, class ${worst.column}: ${worst.left} instead of ${worst.right}, ${worst.difference} apart where ${tolerance} is allowed. Nothing was exported.`,
      );
    }
    await checkBatches(session, reference.images, logits, tolerance);
    return { images: count, maxDifference: worst.difference };
  });
}

async function checkBatches(
  session: FormSession,
  images: Float32Array,
  expected: Float32Array,
  tolerance: number,
): Promise<void> {
  const { height, width, classes } = session.shape;
  for (const count of PROBE_BATCHES) {
    const logits = await session.logits(images.subarray(0, count * 3 * height * width), count);
    const worst = largestDifference(logits, expected, classes);
    if (worst.difference <= tolerance) continue;
    throw new ExportError(
      'GRAPH_BATCH',
      `The logits of image ${worst.row} change by ${worst.difference} in a batch of ${count}, so that pictures would depend on their neighbours; trace the network in evaluation mode.`,
    );
  }
}
