import type { FormContent } from '../../exporter/artifact/build-artifact.ts';
import type { Fidelity, Precision } from '../../exporter/contract/form.ts';
import type { ExportedForm } from '../../exporter/format/exported-graph.ts';
import { type FormKind, formName } from '../../exporter/format/form-kind.ts';
import { goldenVectors } from '../../exporter/format/golden-vectors.ts';
import { prepareRuntime } from '../../exporter/format/runtime/open-graph.ts';
import { type ConversionReport, checkConversion, checkFixes } from './conversion-gate.ts';
import { fidelityOf } from './fidelity.ts';
import { askForm, askInWasm, shownLogits, type WasmAnswers } from './form-answers.ts';
import { formHeap } from './form-heap.ts';
import type { FormSource, Reference } from './form-source.ts';

/** A form that passed, and what its checks found. */
export interface ConvertedForm {
  readonly content: FormContent;
  readonly report: ConversionReport;
}

/** Holds forms of a version against what the network answers. */
export class FormChecker {
  readonly #source: FormSource;
  readonly #convert: (kind: FormKind) => Promise<ExportedForm>;
  readonly #fidelity = new Map<Precision, Fidelity | null>([['fp32', null]]);
  readonly #plain = new Map<string, Promise<WasmAnswers>>();
  #reference: Promise<Float32Array> | null = null;

  /** @param convert makes the version's forms, each once */
  constructor(source: FormSource, convert: (kind: FormKind) => Promise<ExportedForm>) {
    this.#source = source;
    this.#convert = convert;
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
    if (asked && !kinds.every(isPlain)) this.#askReference();
  }

  /** @throws ExportError of the first check that the form does not pass */
  async check(form: ExportedForm, reference: Reference): Promise<ConvertedForm> {
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
      this.#convert(kind).then((form) => askInWasm(form, this.#source, false));
    this.#plain.set(name, asked);
    return asked;
  }

  /**
   * What the network answers to the control pictures in float32, by onnxruntime-web, so that a manifest's
   * figures are the same on every machine.
   */
  #askReference(): Promise<Float32Array> {
    this.#reference ??= this.#convert({ precision: 'fp32', storage: 'onnx' }).then((plain) =>
      shownLogits(plain, this.#source),
    );
    // Where the form itself fails before, nobody awaits it.
    this.#reference.catch(() => {});
    return this.#reference;
  }
}

/** Whether a form differs from the network by rounding alone. */
export function isPlain({ precision }: FormKind): boolean {
  return precision === 'fp32';
}
