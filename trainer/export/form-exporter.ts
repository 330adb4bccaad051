import type { FormContent } from '../../exporter/artifact/build-artifact.ts';
import type { Fidelity, Precision } from '../../exporter/contract/form.ts';
import { ExportError, type ExportErrorCode } from '../../exporter/format/export-error.ts';
import type { ClassifierShape, ExportedForm } from '../../exporter/format/exported-graph.ts';
import { FormConverter } from '../../exporter/format/form-converter.ts';
import type { FormKind } from '../../exporter/format/form-kind.ts';
import { type GoldenInputs, goldenVectors } from '../../exporter/format/golden-vectors.ts';
import type { Graph } from '../../exporter/graph/graph.ts';
import type { HeapBudget } from '../../exporter/heap/heap-budget.ts';
import type { HeapMeter } from '../../exporter/heap/heap-meter.ts';
import type { KeptMeasurements } from '../../exporter/measurement/kept-measurements.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { DataSet } from '../data/data-set.ts';
import { subset } from '../data/picture-set.ts';
import { samplePictures } from '../evaluation/control/sample.ts';
import type { Patch } from '../patch/patch.ts';
import { type ConversionGate, type ConversionReport, checkConversion } from './conversion-gate.ts';
import type { ConversionProbe } from './conversion-probe.ts';
import { fidelityOf } from './fidelity.ts';
import { askForm, type Questions, shownLogits } from './form-answers.ts';
import { FormCalibration, SEED } from './form-calibration.ts';
import { formHeap } from './form-heap.ts';
import { familyOf } from './patch-family.ts';

/** Refusals that a form may meet while the others are fine. */
const OF_ONE_FORM: readonly ExportErrorCode[] = [
  'FIX_LOST',
  'DAMAGE_EXCEEDED',
  'HEAP_EXCEEDED',
  'STAGE_UNAVAILABLE',
];
/** Those that scales of the version itself may help against. */
const OF_SCALES: readonly ExportErrorCode[] = ['FIX_LOST', 'DAMAGE_EXCEEDED', 'GOLDEN_DIFFERS'];

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
  readonly kept: KeptMeasurements | undefined;
}

/** A form that passed, and what its checks found. */
export interface ConvertedForm {
  readonly content: FormContent;
  readonly report: ConversionReport;
}

/** Makes forms of a version and checks each. */
export class FormExporter {
  readonly #source: FormSource;
  readonly #questions: Questions;
  readonly #calibration: FormCalibration;
  readonly #converter: FormConverter;
  readonly #fidelity = new Map<Precision, Fidelity | null>([['fp32', null]]);
  #reference: Promise<Float32Array> | null = null;

  constructor(source: FormSource) {
    const { graph, network, control, kept, probe, fidelityPictures } = source;
    this.#source = source;
    const shown = Math.min(fidelityPictures, probe.control.count);
    this.#questions = {
      ...source,
      shown: subset(probe.control, samplePictures(probe.control, shown, SEED)),
    };
    this.#calibration = new FormCalibration({ network, graph, kept, pictures: control.train });
    this.#converter = this.#converterBy(() => this.#calibration.ofNetwork());
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
        if (!isRefusal(error, OF_ONE_FORM)) throw error;
        refusals.push({ form, error });
      }
    }
    if (forms.length === 0) throw refusals[0]!.error;
    return {
      forms,
      leftOut: refusals.map(({ form, error }) => ({ form, reason: error.message })),
    };
  }

  /** With the scales of the network before any patch where they do, else with those of the version. */
  async #export(kind: FormKind): Promise<ConvertedForm> {
    const { patches } = this.#source;
    // WebAssembly computes the reference while the form is still being made.
    if (kind.precision !== 'fp32') this.#askReference();
    try {
      return await this.#checked(await this.convert(kind));
    } catch (error) {
      const scaled = kind.precision === 'int8' && patches.length > 0;
      if (!scaled || !isRefusal(error, OF_SCALES)) throw error;
      const own = this.#converterBy(() => this.#calibration.ofVersion());
      return this.#checked(await own.convert(kind));
    }
  }

  async #checked(form: ExportedForm): Promise<ConvertedForm> {
    const { shape, golden, probe, probeLogits, gate } = this.#source;
    const { heapMeter: meter } = this.#source;
    const heap =
      meter && (await formHeap({ ...this.#source, meter }, form, (kind) => this.convert(kind)));
    const showing = !this.#fidelity.has(form.precision);
    const answers = await askForm(form, this.#questions, showing);
    const vectors = goldenVectors(form, shape, golden.pictures, {
      ...answers.golden,
      engine: form.precision === 'fp32' ? golden.logits : null,
    });
    const report = checkConversion(form, probe, probeLogits, answers.probe, gate);
    if (answers.shown) {
      const { shown } = this.#questions;
      const fidelity = fidelityOf(shown, await this.#askReference(), answers.shown);
      this.#fidelity.set(form.precision, fidelity);
    }
    const fidelity = this.#fidelity.get(form.precision)!;
    return { content: { ...form, golden: vectors, fidelity, heap }, report };
  }

  /**
   * What the network answers to the shown pictures in float32, by onnxruntime-web, so that a manifest's
   * figures are the same on every machine.
   */
  #askReference(): Promise<Float32Array> {
    this.#reference ??= this.convert({ precision: 'fp32', storage: 'onnx' }).then((plain) =>
      shownLogits(plain, this.#questions),
    );
    // Where the form itself fails before, nobody awaits it.
    this.#reference.catch(() => {});
    return this.#reference;
  }

  #converterBy(calibration: () => ReturnType<FormCalibration['ofNetwork']>): FormConverter {
    const { graph, network, patches } = this.#source;
    return new FormConverter({ graph, family: () => familyOf(network, patches), calibration });
  }
}

function isRefusal(error: unknown, codes: readonly ExportErrorCode[]): error is ExportError {
  return error instanceof ExportError && codes.includes(error.code);
}
