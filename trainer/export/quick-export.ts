import { type FormKind, parseForm } from '../../exporter/format/form-kind.ts';
import type { ExportEffort } from './export-version.ts';

/** As few as every edge can choose from, for exports that somebody waits for. */
export const QUICK_FORMS: readonly FormKind[] = ['int8:ort', 'fp32:ort'].map(parseForm);

/**
 * Of a version that differs from its parent in some tensors alone: less than of an export by itself, since the
 * parent was held against more.
 */
export const CHILD_EFFORT: ExportEffort = { checkImages: 32, fidelityRuntime: 'native' };
