import type { FormKind } from '../../exporter/format/form-kind.ts';
import type { Patch } from '../patch/patch.ts';
import type { ExportEffort } from './export-version.ts';
import { patchedStages } from './patch-family.ts';

/**
 * As few forms as every edge can choose from, for exports that somebody waits for. Where patches change the head
 * alone, deltas: all versions have their graphs in common, which are stored and opened once.
 */
export function quickForms(patches: readonly Patch[]): readonly FormKind[] {
  const ofHead = [...patchedStages(patches)].every((stage) => stage === 'head');
  const storage = ofHead ? 'delta' : 'ort';
  return [
    { precision: 'int8', storage },
    { precision: 'fp32', storage },
  ];
}

/**
 * Of a version that differs from its parent in some tensors alone: less than of an export by itself, since the
 * parent was held against more.
 */
export const CHILD_EFFORT: ExportEffort = {
  checkImages: 32,
  plainPictures: 32,
  fidelityRuntime: 'native',
};
