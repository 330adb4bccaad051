import type { HeapPeaks } from '../../exporter/contract/form.ts';
import type { ClassifierShape, ExportedForm } from '../../exporter/format/exported-graph.ts';
import { DEFAULT_FORMS, type FormKind, formName } from '../../exporter/format/form-kind.ts';
import { fitsBudget, type HeapBudget, heapExceeded } from '../../exporter/heap/heap-budget.ts';
import type { HeapMeter } from '../../exporter/heap/heap-meter.ts';

export interface HeapCheck {
  readonly meter: HeapMeter;
  readonly budget: HeapBudget;
  readonly shape: ClassifierShape;
  readonly hasParent: boolean;
}

/** Makes a form of a version. */
export type Converting = (kind: FormKind) => Promise<ExportedForm>;

/**
 * The peaks of a form that fits the budget.
 * @param convert makes other forms, to say which of them would fit; null to leave that unsaid
 * @throws ExportError HEAP_EXCEEDED, HEAP_UNMEASURED
 */
export async function formHeap(
  check: HeapCheck,
  form: ExportedForm,
  convert: Converting | null,
): Promise<HeapPeaks> {
  const peaks = await peaksOf(check, form);
  if (fitsBudget(peaks, check.budget)) return peaks;
  if (!convert) throw heapExceeded(form, peaks, check.budget, null);
  const fitting: FormKind[] = [];
  for (const kind of DEFAULT_FORMS) {
    if (formName(kind) === formName(form)) continue;
    const other = await convert(kind).catch(() => null);
    if (other && fitsBudget(await peaksOf(check, other), check.budget)) fitting.push(kind);
  }
  throw heapExceeded(form, peaks, check.budget, fitting);
}

async function peaksOf(
  { meter, shape, hasParent }: HeapCheck,
  form: ExportedForm,
): Promise<HeapPeaks> {
  const { alone, besideParent } = await meter.measure(form, shape);
  return { alone, besideParent: hasParent ? besideParent : null };
}
