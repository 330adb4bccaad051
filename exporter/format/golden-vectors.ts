import type { Form, Precision } from '../contract/form.ts';
import type { GoldenPicture, Preprocessing } from '../contract/manifest.ts';
import { fitPicture, normalise } from '../contract/picture/preprocess.ts';
import { ExportError } from './export-error.ts';
import type { ClassifierShape, ExportedForm } from './exported-graph.ts';
import { formName } from './form-kind.ts';
import { goldenPictures, type NamedPicture } from './golden-pictures.ts';
import { largestDifference } from './largest-difference.ts';
import { withSession } from './runtime/form-session.ts';

/**
 * How far the logits of two runtimes may lie apart. Where weights and activations are float32, sums of
 * another order differ by 1e-5 at most. Integers are summed exactly everywhere, but a runtime that rounds
 * one activation the other way moves logits by its step.
 */
export const GOLDEN_TOLERANCE: Readonly<Record<Precision, number>> = {
  fp32: 1e-3,
  fp16: 1e-3,
  int8: 2e-2,
};

const SEED = 1;

/** Pictures that every form is compared on, as pixels and as what the network takes. */
export interface GoldenInputs {
  readonly pictures: GoldenPicture[];
  /** [count,3,H,W] */
  readonly images: Float32Array;
}

/**
 * The synthetic golden pictures and further ones.
 * @param further pictures of any size, such as the one that was patched
 */
export function goldenInputs(
  preprocessing: Preprocessing,
  further: readonly NamedPicture[] = [],
): GoldenInputs {
  const { height, width } = preprocessing;
  const fitted = [...goldenPictures(height, width, SEED), ...further].map(({ name, picture }) => ({
    name,
    pixels: fitPicture(picture, preprocessing),
  }));
  return {
    pictures: fitted.map(({ name, pixels }) => ({
      name,
      pixels: Buffer.from(pixels).toString('base64'),
    })),
    images: normalise(Buffer.concat(fitted.map(({ pixels }) => pixels)), preprocessing),
  };
}

/**
 * The logits that a form must give for the golden pictures on every runtime: those of onnxruntime-web, the
 * same on every machine, which onnxruntime-node's must agree with.
 * @param expected what the engine gives, where the form computes the same in float32
 * @throws ExportError GOLDEN_DIFFERS beyond the tolerance, and what opening and running the form throws
 */
export async function goldenLogits(
  form: ExportedForm,
  shape: ClassifierShape,
  { pictures, images }: GoldenInputs,
  expected: Float32Array | null = null,
): Promise<Form['golden']> {
  const { classes } = shape;
  const run = (runtime: 'wasm' | 'native') =>
    withSession(form, shape, runtime, (session) => session.logits(images, pictures.length));
  const logits = await run('wasm');
  const tolerance = GOLDEN_TOLERANCE[form.precision];
  const references = [
    ['onnxruntime-node', await run('native')],
    ...(expected ? [['the engine', expected] as const] : []),
  ] as const;
  for (const [name, reference] of references) {
    const worst = largestDifference(logits, reference, classes);
    if (worst.difference <= tolerance) continue;
    throw new ExportError(
      'GOLDEN_DIFFERS',
      `${formName(form)} in onnxruntime-web differs from ${name} on golden picture "${pictures[worst.row]?.name}", class ${worst.column}: ${worst.left} instead of ${worst.right}, ${worst.difference} apart where ${tolerance} is allowed. Nothing was exported.`,
    );
  }
  const rows = pictures.map((_, row) =>
    Array.from(logits.subarray(row * classes, (row + 1) * classes)),
  );
  return { tolerance, logits: rows };
}
