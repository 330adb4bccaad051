import type { Form, Precision } from '../contract/form.ts';
import type { GoldenPicture, Preprocessing } from '../contract/manifest.ts';
import { fitPicture, normalise } from '../contract/picture/preprocess.ts';
import { ExportError } from './export-error.ts';
import type { ClassifierShape } from './exported-graph.ts';
import { type FormKind, formName } from './form-kind.ts';
import { goldenPictures, type NamedPicture } from './golden-pictures.ts';
import { largestDifference } from './largest-difference.ts';

/**
 * How far the logits of a runtime that serves the form may lie from the golden ones. Where weights and
 * activations are float32, sums of another order differ by 1e-5 at most. Integers are summed exactly
 * everywhere, and WebAssembly rounds alike everywhere.
 */
export const GOLDEN_TOLERANCE: Readonly<Record<Precision, number>> = {
  fp32: 1e-3,
  fp16: 1e-3,
  int8: 2e-2,
};

/**
 * How far onnxruntime-node may lie from onnxruntime-web. It may round an activation that lies halfway the
 * other way; of a flat or smooth golden picture that is a whole plane of them.
 */
const NATIVE_TOLERANCE: typeof GOLDEN_TOLERANCE = { ...GOLDEN_TOLERANCE, int8: 0.2 };

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

/** Logits of the golden pictures, [count,classes]. */
export interface GoldenLogits {
  /** Of onnxruntime-web. */
  readonly wasm: Float32Array;
  /** Of onnxruntime-node. */
  readonly native: Float32Array;
  /** Of the engine, where the form computes the same in float32. */
  readonly engine: Float32Array | null;
}

/**
 * The logits that a form must give for the golden pictures on every runtime: those of onnxruntime-web, the
 * same on every machine, which the others must agree with.
 * @throws ExportError GOLDEN_DIFFERS beyond the tolerance
 */
export function goldenVectors(
  form: FormKind,
  { classes }: Pick<ClassifierShape, 'classes'>,
  pictures: readonly GoldenPicture[],
  { wasm, native, engine }: GoldenLogits,
): Form['golden'] {
  const tolerance = GOLDEN_TOLERANCE[form.precision];
  const references = [
    ['onnxruntime-node', native, NATIVE_TOLERANCE[form.precision]],
    ...(engine ? [['the engine', engine, tolerance] as const] : []),
  ] as const;
  for (const [name, reference, allowed] of references) {
    const worst = largestDifference(wasm, reference, classes);
    if (worst.difference <= allowed) continue;
    throw new ExportError(
      'GOLDEN_DIFFERS',
      `${formName(form)} in onnxruntime-web differs from ${name} on golden picture "${pictures[worst.row]?.name}", class ${worst.column}: ${worst.left} instead of ${worst.right}, ${worst.difference} apart where ${allowed} is allowed. Nothing was exported.`,
    );
  }
  const rows = pictures.map((_, row) =>
    Array.from(wasm.subarray(row * classes, (row + 1) * classes)),
  );
  return { tolerance, logits: rows };
}
