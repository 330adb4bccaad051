import { normalise } from '../../exporter/contract/picture/preprocess.ts';
import type { ClassifierShape, ExportedForm } from '../../exporter/format/exported-graph.ts';
import type { GoldenInputs } from '../../exporter/format/golden-vectors.ts';
import { withSession } from '../../exporter/format/runtime/form-session.ts';
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

/**
 * Asks a form everything, in one session of each runtime, the two beside each other.
 * @throws ExportError of opening and running it
 */
export async function askForm(
  form: ExportedForm,
  questions: Questions,
  showing: boolean,
): Promise<FormAnswers> {
  const { shape, golden, probe } = questions;
  const { pictures, images } = golden;
  const [wasm, native] = await Promise.all([
    withSession(form, shape, 'wasm', async (session) => ({
      golden: await session.logits(images, pictures.length),
      shown: showing ? await session.logits(shownImages(questions), questions.shown.count) : null,
    })),
    withSession(form, shape, 'native', async (session) => ({
      golden: await session.logits(images, pictures.length),
      probe: await session.logits(probe.images, probe.count),
    })),
  ]);
  const { probe: probed } = native;
  return {
    golden: { wasm: wasm.golden, native: native.golden },
    probe: probed,
    shown: wasm.shown,
  };
}

/** What a form answers to the shown pictures, by onnxruntime-web. */
export function shownLogits(form: ExportedForm, questions: Questions): Promise<Float32Array> {
  return withSession(form, questions.shape, 'wasm', (session) =>
    session.logits(shownImages(questions), questions.shown.count),
  );
}

function shownImages({ shown, network }: Questions): Float32Array {
  return normalise(shown.pixels, network.dataSet.preprocessing);
}
