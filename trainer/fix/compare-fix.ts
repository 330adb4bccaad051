import type { PatchConstraint } from '../patch/patch.ts';
import { PatchError } from '../patch/patch-error.ts';
import { FixError } from './fix-error.ts';
import type { Comparison } from './fix-record.ts';
import type { Fixer } from './fixer.ts';
import { carriedOver } from './log/carry-over.ts';

/**
 * Makes the same fix on another network, such as one that was trained to be edited, for comparison alone.
 * @param checkpoint the other network's file
 * @throws FixError PICTURE_SIZE, PatchError LABEL_UNKNOWN where that network cannot be asked the same
 */
export async function compareFix(
  fixer: Fixer,
  checkpoint: string,
  constraints: readonly PatchConstraint[],
): Promise<Comparison> {
  const editable = fixer.network.editing !== undefined;
  const none = { checkpoint, editable, figures: null, candidate: null };
  try {
    const asked = carriedOver(constraints, fixer.network);
    const request = { current: fixer.network.weights, earlier: [], constraints: asked };
    const { record } = await fixer.fix(request);
    const outcome = record.decision.verdict;
    return { ...none, figures: record.figures, candidate: record.candidate, outcome };
  } catch (error) {
    if (error instanceof PatchError && error.code === 'EDIT_NEEDLESS') {
      return { ...none, outcome: 'it has the labels already' };
    }
    if (error instanceof FixError && error.code === 'NOT_FIXED') {
      return { ...none, outcome: 'no candidate fixes it' };
    }
    throw error;
  }
}
