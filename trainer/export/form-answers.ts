import type { ClassifierShape, ExportedForm } from '../../exporter/format/exported-graph.ts';
import type { GoldenInputs } from '../../exporter/format/golden-vectors.ts';
import { withSession } from '../../exporter/format/runtime/form-session.ts';
import type { ConversionProbe } from './conversion-probe.ts';

/** What forms are asked. */
export interface Questions {
  readonly shape: ClassifierShape;
  readonly golden: GoldenInputs;
  readonly probe: ConversionProbe;
}

/** Logits [count,classes] that onnxruntime-web gives. */
export interface WasmAnswers {
  readonly golden: Float32Array;
  /** Of the control pictures; null where it was not asked. */
  readonly shown: Float32Array | null;
}

/** Logits [count,classes] that a form gives. */
export interface FormAnswers {
  readonly wasm: WasmAnswers;
  /** Of the golden pictures, by onnxruntime-node. */
  readonly golden: Float32Array;
  /** Of the probe's images, by onnxruntime-node. */
  readonly probe: Float32Array;
}

/**
 * Asks a form everything, the two runtimes beside each other.
 * @param check told the logits of the probe's images before the control set; throws where the rest is needless
 * @param askWasm asks onnxruntime-web
 * @throws ExportError of opening and running it
 */
export async function askForm(
  form: ExportedForm,
  { shape, golden, probe }: Questions,
  check: (fixes: Float32Array) => void,
  askWasm: () => Promise<WasmAnswers>,
): Promise<FormAnswers> {
  return withSession(form, shape, 'native', async (session) => {
    const control = controlImages(probe);
    const before = probe.images.subarray(0, probe.images.length - control.length);
    const fixes = await session.logits(before, probe.controlStart);
    check(fixes);
    const asked = askWasm();
    // It is waited for below, where onnxruntime-node does not fail before.
    asked.catch(() => {});
    const answers = await session.logits(golden.images, golden.pictures.length);
    const controls = await session.logits(control, probe.control.count);
    return { wasm: await asked, golden: answers, probe: joined(fixes, controls) };
  });
}

/**
 * Asks a form of onnxruntime-web.
 * @param showing whether the control pictures as well as the golden ones
 */
export function askInWasm(
  form: ExportedForm,
  { shape, golden: { images, pictures }, probe }: Questions,
  showing: boolean,
): Promise<WasmAnswers> {
  return withSession(form, shape, 'wasm', async (session) => ({
    golden: await session.logits(images, pictures.length),
    shown: showing ? await session.logits(controlImages(probe), probe.control.count) : null,
  }));
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

function joined(one: Float32Array, other: Float32Array): Float32Array {
  const all = new Float32Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

function controlImages({ images, controlStart, count }: ConversionProbe): Float32Array {
  return images.subarray((controlStart * images.length) / count);
}
