import { normalise } from '../../exporter/contract/picture/preprocess.ts';
import type { ClassifierShape, ExportedForm } from '../../exporter/format/exported-graph.ts';
import type { GoldenInputs } from '../../exporter/format/golden-vectors.ts';
import { type FormSession, withSession } from '../../exporter/format/runtime/form-session.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { PictureSet } from '../data/picture-set.ts';
import type { ConversionProbe } from './conversion-probe.ts';

/** What forms are asked. */
export interface Questions {
  readonly shape: ClassifierShape;
  readonly network: TrainedNetwork;
  readonly golden: GoldenInputs;
  readonly probe: ConversionProbe;
  /** The control pictures that show what a precision costs. */
  readonly shown: PictureSet;
}

/** Logits [count,classes] that a form gives. */
export interface FormAnswers {
  readonly golden: { readonly wasm: Float32Array; readonly native: Float32Array };
  /** Of the probe's images, by onnxruntime-node. */
  readonly probe: Float32Array;
  /** Of the shown pictures, by onnxruntime-web; null where it was not asked. */
  readonly shown: Float32Array | null;
}

/** What is asked beyond what every form is. */
export interface Asking {
  /** Whether the shown pictures are. */
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
  const { shape, golden, probe, shown } = questions;
  const { pictures, images } = golden;
  const start = (probe.controlStart * probe.images.length) / probe.count;
  return withSession(form, shape, 'native', async (session) => {
    const fixes = await session.logits(probe.images.subarray(0, start), probe.controlStart);
    check(fixes);
    const [wasm, native] = await Promise.all([
      withSession(form, shape, 'wasm', async (other) => ({
        golden: await other.logits(images, pictures.length),
        shown: showing ? await other.logits(shownImages(questions), shown.count) : null,
      })),
      nativeAnswers(session, questions, start),
    ]);
    return {
      golden: { wasm: wasm.golden, native: native.golden },
      probe: joined(fixes, native.control),
      shown: wasm.shown,
    };
  });
}

/** What a form answers to the shown pictures, by onnxruntime-web. */
export function shownLogits(form: ExportedForm, questions: Questions): Promise<Float32Array> {
  return withSession(form, questions.shape, 'wasm', (session) =>
    session.logits(shownImages(questions), questions.shown.count),
  );
}

async function nativeAnswers(session: FormSession, { golden, probe }: Questions, start: number) {
  return {
    golden: await session.logits(golden.images, golden.pictures.length),
    control: await session.logits(probe.images.subarray(start), probe.control.count),
  };
}

function joined(one: Float32Array, other: Float32Array): Float32Array {
  const all = new Float32Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

function shownImages({ shown, network }: Questions): Float32Array {
  return normalise(shown.pixels, network.dataSet.preprocessing);
}
