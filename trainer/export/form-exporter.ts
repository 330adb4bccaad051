import type { FormContent } from '../../exporter/artifact/build-artifact.ts';
import type { Fidelity, Precision } from '../../exporter/contract/form.ts';
import { ExportError, type ExportErrorCode } from '../../exporter/format/export-error.ts';
import type { ExportedForm } from '../../exporter/format/exported-graph.ts';
import { FormConverter } from '../../exporter/format/form-converter.ts';
import { type FormKind, formName } from '../../exporter/format/form-kind.ts';
import { goldenVectors } from '../../exporter/format/golden-vectors.ts';
import { prepareRuntime } from '../../exporter/format/runtime/open-graph.ts';
import { type ConversionReport, checkConversion, checkFixes } from './conversion-gate.ts';
import { fidelityOf } from './fidelity.ts';
import { askForm, askInWasm, shownLogits, type WasmAnswers } from './form-answers.ts';
import { FormCalibration } from './form-calibration.ts';
import { formHeap, heapRefusal } from './form-heap.ts';
import type { FormSource, Reference } from './form-source.ts';
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

/** A form that passed, and what its checks found. */
export interface ConvertedForm {
  readonly content: FormContent;
  readonly report: ConversionReport;
}

export interface FittingForms {
  readonly forms: ConvertedForm[];
  readonly leftOut: { form: FormKind; reason: string }[];
}

/** Makes forms of a version and checks each. */
export class FormExporter {
  readonly #source: FormSource;
  readonly #calibration: FormCalibration;
  readonly #converter: FormConverter;
  readonly #fidelity = new Map<Precision, Fidelity | null>([['fp32', null]]);
  readonly #plain = new Map<string, Promise<WasmAnswers>>();
  #reference: Promise<Float32Array> | null = null;

  constructor(source: FormSource) {
    const { graph, network, control, kept } = source;
    this.#source = source;
    this.#calibration = new FormCalibration({ network, graph, kept, pictures: control.train });
    this.#converter = this.#converterBy(() => this.#calibration.ofNetwork());
  }

  /**
   * Lets WebAssembly get ready while something else goes on, answer the golden pictures by the forms that are
   * made in no time, and compute what int8 forms are compared with where that is asked of it.
   */
  anticipate(kinds: readonly FormKind[]): void {
    prepareRuntime('wasm');
    for (const kind of kinds.filter(isPlain)) {
      // Where a form cannot be made, whoever exports it is told.
      this.#askPlain(kind).catch(() => {});
    }
    const asked = this.#source.fidelityRuntime === 'wasm';
    if (asked && kinds.some(({ precision }) => precision !== 'fp32')) this.#askReference();
  }

  /** A form that nothing was checked of. */
  convert(kind: FormKind): Promise<ExportedForm> {
    return this.#converter.convert(kind);
  }

  /** A form in float32, of those given where one can be made. */
  async convertPlain(kinds: readonly FormKind[]): Promise<ExportedForm> {
    for (const kind of kinds.filter(isPlain)) {
      const form = await this.convert(kind).catch(() => null);
      if (form) return form;
    }
    return this.convert({ precision: 'fp32', storage: 'onnx' });
  }

  /** All forms given. @throws ExportError of the first that does not pass */
  async exportAll(kinds: readonly FormKind[], reference: Reference): Promise<ConvertedForm[]> {
    const forms: ConvertedForm[] = [];
    for (const kind of kinds) {
      const made = this.#export(kind, reference).catch((error) => this.#refuse(kind, error));
      forms.push(await made);
    }
    return forms;
  }

  /** Those of the forms given that pass. @throws ExportError of the first, where none does */
  async exportFitting(kinds: readonly FormKind[], reference: Reference): Promise<FittingForms> {
    const forms: ConvertedForm[] = [];
    const refusals: { form: FormKind; error: ExportError }[] = [];
    // One is converted while another waits for WebAssembly.
    const attempts = await Promise.allSettled(kinds.map((kind) => this.#export(kind, reference)));
    for (const [index, attempt] of attempts.entries()) {
      if (attempt.status === 'fulfilled') forms.push(attempt.value);
      else if (!isRefusal(attempt.reason, OF_ONE_FORM)) throw attempt.reason;
      else refusals.push({ form: kinds[index]!, error: attempt.reason });
    }
    if (forms.length === 0) return this.#refuse(refusals[0]!.form, refusals[0]!.error);
    return {
      forms,
      leftOut: refusals.map(({ form, error }) => ({ form, reason: error.message })),
    };
  }

  /** Throws what a form met; of its heap, with what would fit instead. */
  async #refuse(kind: FormKind, error: unknown): Promise<never> {
    const { heapMeter: meter } = this.#source;
    if (!meter || !isRefusal(error, ['HEAP_EXCEEDED'])) throw error;
    const convert = (other: FormKind) => this.convert(other);
    throw await heapRefusal({ ...this.#source, meter }, await convert(kind), convert);
  }

  /** With the scales of the network before any patch where they do, else with those of the version. */
  async #export(kind: FormKind, reference: Reference): Promise<ConvertedForm> {
    const { patches } = this.#source;
    try {
      return await this.#checked(await this.convert(kind), reference);
    } catch (error) {
      const scaled = kind.precision === 'int8' && patches.length > 0;
      if (!scaled || !isRefusal(error, OF_SCALES)) throw error;
      const own = this.#converterBy(() => this.#calibration.ofVersion());
      return this.#checked(await own.convert(kind), reference);
    }
  }

  async #checked(form: ExportedForm, reference: Reference): Promise<ConvertedForm> {
    const { shape, golden, gate, fidelityRuntime, heapMeter: meter } = this.#source;
    const probe = isPlain(form) ? this.#source.plainProbe : this.#source.probe;
    const expected = reference.probe.subarray(0, probe.count * shape.classes);
    const heap = meter && (await formHeap({ ...this.#source, meter }, form));
    const showing = fidelityRuntime === 'wasm' && !this.#fidelity.has(form.precision);
    const questions = { shape, golden, probe };
    const answers = await askForm(
      form,
      questions,
      (fixes) => checkFixes(form, probe, expected, fixes, gate),
      () => (isPlain(form) ? this.#askPlain(form) : askInWasm(form, questions, showing)),
    );
    const { shown, golden: wasm } = answers.wasm;
    const vectors = goldenVectors(form, shape, golden.pictures, {
      wasm,
      native: answers.golden,
      engine: isPlain(form) ? reference.golden : null,
    });
    const report = checkConversion(form, probe, expected, answers.probe, gate);
    if (!this.#fidelity.has(form.precision)) {
      const start = probe.controlStart * shape.classes;
      const [plain, converted] = shown
        ? [await this.#askReference(), shown]
        : [expected.subarray(start), answers.probe.subarray(start)];
      this.#fidelity.set(form.precision, fidelityOf(probe.control, plain, converted));
    }
    const fidelity = this.#fidelity.get(form.precision)!;
    return { content: { ...form, golden: vectors, fidelity, heap }, report };
  }

  /** What a float32 form answers to the golden pictures by onnxruntime-web, asked once. */
  #askPlain(kind: FormKind): Promise<WasmAnswers> {
    const name = formName(kind);
    const asked =
      this.#plain.get(name) ??
      this.convert(kind).then((form) => askInWasm(form, this.#source, false));
    this.#plain.set(name, asked);
    return asked;
  }

  /**
   * What the network answers to the control pictures in float32, by onnxruntime-web, so that a manifest's
   * figures are the same on every machine.
   */
  #askReference(): Promise<Float32Array> {
    this.#reference ??= this.convert({ precision: 'fp32', storage: 'onnx' }).then((plain) =>
      shownLogits(plain, this.#source),
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

function isPlain({ precision }: FormKind): boolean {
  return precision === 'fp32';
}

function isRefusal(error: unknown, codes: readonly ExportErrorCode[]): error is ExportError {
  return error instanceof ExportError && codes.includes(error.code);
}
