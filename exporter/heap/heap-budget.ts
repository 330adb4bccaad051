import type { HeapPeaks } from '../contract/form.ts';
import { ExportError } from '../format/export-error.ts';
import { type FormKind, formName } from '../format/form-kind.ts';

/**
 * How a worker changes versions: `beside`, the version before serves until the new one has passed its
 * checks; `replace`, it is released first, and requests wait.
 */
export const SWAP_STRATEGIES = ['beside', 'replace'] as const;
export type SwapStrategy = (typeof SWAP_STRATEGIES)[number];

/** What loading a form may take. */
export interface HeapBudget {
  readonly swap: SwapStrategy;
  /** What an isolate has for everything, in bytes. */
  readonly isolateBytes: number;
}

/** What an isolate needs beside the wasm heap: the worker itself, a request, a picture being decoded. */
export const OTHER_BYTES = 20e6;

/** Cloudflare Workers give an isolate 128 MB. */
export const HEAP_BUDGET: HeapBudget = { swap: 'beside', isolateBytes: 128e6 };

/** The peak that counts under a strategy, in bytes. */
export function peakUnder({ alone, besideParent }: HeapPeaks, swap: SwapStrategy): number {
  return swap === 'beside' && besideParent !== null ? besideParent : alone;
}

/** Whether a form with these peaks can be loaded in an isolate. */
export function fitsBudget(peaks: HeapPeaks, { swap, isolateBytes }: HeapBudget): boolean {
  return peakUnder(peaks, swap) + OTHER_BYTES <= isolateBytes;
}

/**
 * What is thrown about a form that does not fit.
 * @param fitting the forms of the version that do; null where nobody looked
 */
export function heapExceeded(
  form: FormKind,
  peaks: HeapPeaks,
  { swap, isolateBytes }: HeapBudget,
  fitting: readonly FormKind[] | null,
): ExportError {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const instead = fitting === null ? '' : `; ${alternatives(fitting)}`;
  const beside = swap === 'beside' && peaks.besideParent !== null ? ' beside its parent' : '';
  return new ExportError(
    'HEAP_EXCEEDED',
    `Loading ${formName(form)}${beside} takes a wasm heap of ${megabytes(peakUnder(peaks, swap))}, and with ${megabytes(OTHER_BYTES)} for the rest exceeds the isolate's ${megabytes(isolateBytes)}${instead}.`,
  );
}

function alternatives(fitting: readonly FormKind[]): string {
  return fitting.length > 0
    ? `${fitting.map(formName).join(', ')} would fit`
    : 'none of the usual forms would fit: train a narrower network';
}
