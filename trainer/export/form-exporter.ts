import { ExportError, type ExportErrorCode } from '../../exporter/format/export-error.ts';
import type { ExportedForm } from '../../exporter/format/exported-graph.ts';
import { FormConverter } from '../../exporter/format/form-converter.ts';
import type { FormKind } from '../../exporter/format/form-kind.ts';
import { FormCalibration } from './form-calibration.ts';
import { type ConvertedForm, FormChecker, isPlain } from './form-checker.ts';
import { heapRefusal } from './form-heap.ts';
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

export interface FittingForms {
  readonly forms: ConvertedForm[];
  readonly leftOut: { form: FormKind; reason: string }[];
}

/** Makes forms of a version and checks each. */
export class FormExporter {
  readonly #source: FormSource;
  readonly #calibration: FormCalibration;
  readonly #converter: FormConverter;
  readonly #checker: FormChecker;

  constructor(source: FormSource) {
    const { graph, network, control, kept } = source;
    this.#source = source;
    this.#calibration = new FormCalibration({ network, graph, kept, pictures: control.train });
    this.#converter = this.#converterBy(() => this.#calibration.ofNetwork());
    this.#checker = new FormChecker(source, (kind) => this.convert(kind));
  }

  /** Lets begin what need not wait for the engine's answers. */
  anticipate(kinds: readonly FormKind[]): void {
    this.#checker.anticipate(kinds);
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
      return await this.#checker.check(await this.convert(kind), reference);
    } catch (error) {
      const scaled = kind.precision === 'int8' && patches.length > 0;
      if (!scaled || !isRefusal(error, OF_SCALES)) throw error;
      const own = this.#converterBy(() => this.#calibration.ofVersion());
      return this.#checker.check(await own.convert(kind), reference);
    }
  }

  #converterBy(calibration: () => ReturnType<FormCalibration['ofNetwork']>): FormConverter {
    const { graph, network, patches } = this.#source;
    return new FormConverter({ graph, family: () => familyOf(network, patches), calibration });
  }
}

function isRefusal(error: unknown, codes: readonly ExportErrorCode[]): error is ExportError {
  return error instanceof ExportError && codes.includes(error.code);
}
