import type { FormContent } from '../../exporter/artifact/build-artifact.ts';
import type { Fidelity, HeapPeaks, Precision } from '../../exporter/contract/form.ts';
import { normalise } from '../../exporter/contract/picture/preprocess.ts';
import { ExportError, type ExportErrorCode } from '../../exporter/format/export-error.ts';
import type { ClassifierShape, ExportedForm } from '../../exporter/format/exported-graph.ts';
import { FormConverter } from '../../exporter/format/form-converter.ts';
import { DEFAULT_FORMS, type FormKind, formName } from '../../exporter/format/form-kind.ts';
import { type GoldenInputs, goldenLogits } from '../../exporter/format/golden-vectors.ts';
import { withSession } from '../../exporter/format/runtime/form-session.ts';
import type { Graph } from '../../exporter/graph/graph.ts';
import { fitsBudget, type HeapBudget, heapExceeded } from '../../exporter/heap/heap-budget.ts';
import type { HeapMeter } from '../../exporter/heap/heap-meter.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { DataSet } from '../data/data-set.ts';
import { type PictureSet, subset } from '../data/picture-set.ts';
import { samplePictures } from '../evaluation/control/sample.ts';
import type { Patch } from '../patch/patch.ts';
import { type ConversionGate, type ConversionReport, checkConversion } from './conversion-gate.ts';
import type { ConversionProbe } from './conversion-probe.ts';
import { fidelityOf } from './fidelity.ts';
import { familyOf } from './patch-family.ts';

/** Training pictures whose activations set the scales of an int8 form. */
export const CALIBRATION_PICTURES = 64;
/** Of the pictures that an export draws. */
export const SEED = 1;

/** Refusals that a form may meet while the others are fine. */
const OF_ONE_FORM: readonly ExportErrorCode[] = [
  'FIX_LOST',
  'DAMAGE_EXCEEDED',
  'HEAP_EXCEEDED',
  'STAGE_UNAVAILABLE',
];

/** What forms are made of and held against. */
export interface FormSource {
  /** The network as it is served, patches applied, in float32. */
  readonly graph: Graph;
  readonly shape: ClassifierShape;
  /** Before any patch. */
  readonly network: TrainedNetwork;
  readonly patches: readonly Patch[];
  readonly control: DataSet;
  /** With the engine's logits. */
  readonly golden: GoldenInputs & { readonly logits: Float32Array };
  readonly probe: ConversionProbe;
  /** The engine's logits of the probe. */
  readonly probeLogits: Float32Array;
  /** Of the probe's control pictures, how many show at most what a precision costs. */
  readonly fidelityPictures: number;
  readonly hasParent: boolean;
  readonly gate: ConversionGate;
  readonly budget: HeapBudget;
  readonly heapMeter: HeapMeter | null;
}

/** A form that passed, and what its checks found. */
export interface ConvertedForm {
  readonly content: FormContent;
  readonly report: ConversionReport;
}

/** Makes forms of a version and checks each. */
export class FormExporter {
  readonly #source: FormSource;
  readonly #converter: FormConverter;
  readonly #fidelity = new Map<Precision, Promise<Fidelity | null>>();
  #reference: Promise<Float32Array> | null = null;

  constructor(source: FormSource) {
    this.#source = source;
    const { graph, network, patches, control } = source;
    const pictures = Math.min(CALIBRATION_PICTURES, control.train.count);
    const drawn = subset(control.train, samplePictures(control.train, pictures, SEED));
    this.#converter = new FormConverter({
      graph,
      family: () => familyOf(network, patches),
      calibration: {
        images: normalise(drawn.pixels, network.dataSet.preprocessing),
        count: drawn.count,
      },
    });
  }

  /** A form that nothing was checked of. */
  convert(kind: FormKind): Promise<ExportedForm> {
    return this.#converter.convert(kind);
  }

  /** All forms given. @throws ExportError of the first that does not pass */
  async exportAll(kinds: readonly FormKind[]): Promise<ConvertedForm[]> {
    const forms: ConvertedForm[] = [];
    for (const kind of kinds) forms.push(await this.#export(kind));
    return forms;
  }

  /** Those of the forms given that pass. @throws ExportError of the first, where none does */
  async exportFitting(kinds: readonly FormKind[]): Promise<{
    forms: ConvertedForm[];
    leftOut: { form: FormKind; reason: string }[];
  }> {
    const forms: ConvertedForm[] = [];
    const refusals: { form: FormKind; error: ExportError }[] = [];
    for (const form of kinds) {
      try {
        forms.push(await this.#export(form));
      } catch (error) {
        if (!(error instanceof ExportError && OF_ONE_FORM.includes(error.code))) throw error;
        refusals.push({ form, error });
      }
    }
    if (forms.length === 0) throw refusals[0]!.error;
    return {
      forms,
      leftOut: refusals.map(({ form, error }) => ({ form, reason: error.message })),
    };
  }

  async #export(kind: FormKind): Promise<ConvertedForm> {
    const { shape, golden, probe, probeLogits, gate } = this.#source;
    const form = await this.convert(kind);
    const heap = await this.#heap(form);
    const expected = form.precision === 'fp32' ? golden.logits : null;
    const vectors = await goldenLogits(form, shape, golden, expected);
    const logits = await withSession(form, shape, 'native', (session) =>
      session.logits(probe.images, probe.count),
    );
    const report = checkConversion(form, probe, probeLogits, logits, gate);
    const fidelity = await this.#fidelityOf(form);
    return { content: { ...form, golden: vectors, fidelity, heap }, report };
  }

  /** What a precision costs is the same however its weights are stored. */
  #fidelityOf(form: ExportedForm): Promise<Fidelity | null> {
    const known = this.#fidelity.get(form.precision);
    if (known) return known;
    const fidelity = this.#measureFidelity(form);
    this.#fidelity.set(form.precision, fidelity);
    return fidelity;
  }

  /** By onnxruntime-web, so that a manifest's figures are the same on every machine. */
  async #measureFidelity(form: ExportedForm): Promise<Fidelity | null> {
    if (form.precision === 'fp32') return null;
    const plain = await this.convert({ precision: 'fp32', storage: 'onnx' });
    this.#reference ??= this.#controlLogits(plain);
    return fidelityOf(this.#shown, await this.#reference, await this.#controlLogits(form));
  }

  /** The control pictures that show what a precision costs. */
  get #shown(): PictureSet {
    const { probe, fidelityPictures } = this.#source;
    const { control } = probe;
    if (fidelityPictures >= control.count) return control;
    return subset(control, samplePictures(control, fidelityPictures, SEED));
  }

  #controlLogits(form: ExportedForm): Promise<Float32Array> {
    const { shape, network } = this.#source;
    const { pixels, count } = this.#shown;
    const images = normalise(pixels, network.dataSet.preprocessing);
    return withSession(form, shape, 'wasm', (session) => session.logits(images, count));
  }

  async #heap(form: ExportedForm): Promise<HeapPeaks | null> {
    const { heapMeter, budget } = this.#source;
    if (!heapMeter) return null;
    const peaks = await this.#peaks(heapMeter, form);
    if (fitsBudget(peaks, budget)) return peaks;
    const fitting: FormKind[] = [];
    for (const kind of DEFAULT_FORMS) {
      if (formName(kind) === formName(form)) continue;
      const other = await this.convert(kind).catch(() => null);
      if (other && fitsBudget(await this.#peaks(heapMeter, other), budget)) fitting.push(kind);
    }
    throw heapExceeded(form, peaks, budget, fitting);
  }

  async #peaks(meter: HeapMeter, form: ExportedForm): Promise<HeapPeaks> {
    const { shape, hasParent } = this.#source;
    const { alone, besideParent } = await meter.measure(form, shape);
    return { alone, besideParent: hasParent ? besideParent : null };
  }
}
