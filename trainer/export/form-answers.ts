import type { ClassifierShape, ExportedForm } from '../../exporter/format/exported-graph.ts';
import type { GoldenInputs } from '../../exporter/format/golden-vectors.ts';
import { type FormSession, withSession } from '../../exporter/format/runtime/form-session.ts';
import type { ConversionProbe } from './conversion-probe.ts';

/** What forms are asked. */
export interface Questions {
  readonly shape: ClassifierShape;
  readonly golden: GoldenInputs;
  readonly probe: ConversionProbe;
}

/** Logits [count,classes] that a form gives. */
export interface FormAnswers {
  readonly golden: { readonly wasm: Float32Array; readonly native: Float32Array };
  /** Of the probe's images, by onnxruntime-node. */
  readonly probe: Float32Array;
  /** Of the control pictures, by onnxruntime-web; null where it was not asked. */
  readonly shown: Float32Array | null;
}

/** What is asked beyond what every form is. */
export interface Asking {
  /** Whether onnxruntime-web is asked the control pictures. */
  readonly showing: boolean;
  /** Told the logits of the probe's images before the control set; throws where the rest is needless. */
  readonly check: (fixes: Float32Array) => void;
}

/**
 * Asks a form everything, in one session of each runtime, the two beside each other.
 * @throws ExportError of opening and running it
 */
export async function askForm(
  form: ExportedForm,
  questions: Questions,
  { showing, check }: Asking,
): Promise<FormAnswers> {
  const { shape, golden, probe } = questions;
  const { pictures, images } = golden;
  const control = controlImages(probe);
  return withSession(form, shape, 'native', async (session) => {
    const before = probe.images.subarray(0, probe.images.length - control.length);
    const fixes = await session.logits(before, probe.controlStart);
    check(fixes);
    const [wasm, native] = await Promise.all([
      withSession(form, shape, 'wasm', async (other) => ({
        golden: await other.logits(images, pictures.length),
        shown: showing ? await other.logits(control, probe.control.count) : null,
      })),
      nativeAnswers(session, questions),
    ]);
    return {
      golden: { wasm: wasm.golden, native: native.golden },
      probe: joined(fixes, native.control),
      shown: wasm.shown,
    };
  });
}

/** What a form answers to the control pictures, by onnxruntime-web. */
export function shownLogits(
  form: ExportedForm,
  { shape, probe }: Questions,
): Promise<Float32Array> {
  return withSession(form, shape, 'wasm', (session) =>
    session.logits(controlImages(probe), probe.control.count),
  );
}

async function nativeAnswers(session: FormSession, { golden, probe }: Questions) {
  return {
    golden: await session.logits(golden.images, golden.pictures.length),
    control: await session.logits(controlImages(probe), probe.control.count),
  };
}

function joined(one: Float32Array, other: Float32Array): Float32Array {
  const all = new Float32Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

function controlImages({ images, controlStart, count }: ConversionProbe): Float32Array {
  return images.subarray((controlStart * images.length) / count);
}
