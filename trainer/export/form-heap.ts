import type { HeapPeaks } from '../../exporter/contract/form.ts';
import type { ExportError } from '../../exporter/format/export-error.ts';
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

/**
 * The peaks of a form that fits the budget.
 * @throws ExportError HEAP_EXCEEDED, HEAP_UNMEASURED
 */
export async function formHeap(check: HeapCheck, form: ExportedForm): Promise<HeapPeaks> {
  const peaks = await peaksOf(check, form);
  if (fitsBudget(peaks, check.budget)) return peaks;
  throw heapExceeded(form, peaks, check.budget, null);
}

/**
 * HEAP_EXCEEDED of a form, which says what would fit instead.
 * @param convert makes other forms of the version
 */
export async function heapRefusal(
  check: HeapCheck,
  form: ExportedForm,
  convert: (kind: FormKind) => Promise<ExportedForm>,
): Promise<ExportError> {
  const fitting: FormKind[] = [];
  for (const kind of DEFAULT_FORMS) {
    if (formName(kind) === formName(form)) continue;
    const other = await convert(kind).catch(() => null);
    if (other && fitsBudget(await peaksOf(check, other), check.budget)) fitting.push(kind);
  }
  return heapExceeded(form, await peaksOf(check, form), check.budget, fitting);
}

async function peaksOf(
  { meter, shape, hasParent }: HeapCheck,
  form: ExportedForm,
): Promise<HeapPeaks> {
  const { alone, besideParent } = await meter.measure(form, shape);
  return { alone, besideParent: hasParent ? besideParent : null };
}
