import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { type Stage, stageOf } from '../network/architecture.ts';
import { foldBatchNorm } from '../network/fold-batch-norm.ts';
import type { Patch } from '../patch/patch.ts';

/** What is open where nothing was patched yet: fixes change it first. */
const USUAL: Stage = 'head';

/**
 * The weights that versions of the same family differ in: those of the one stage that all patches changed, or
 * would usually change where there are none. Null where that is more than one.
 */
export function familyOf(
  { architecture, weights }: TrainedNetwork,
  patches: readonly Patch[],
): ReadonlySet<string> | null {
  const [stage = USUAL, ...others] = patchedStages(patches);
  if (others.length > 0) return null;
  const names = [...foldBatchNorm(architecture, weights, [stage]).keys()];
  return new Set(names.filter((name) => stageOf(name) === stage));
}

/** The stages that patches changed. */
export function patchedStages(patches: readonly Patch[]): Set<Stage> {
  return new Set(
    patches.flatMap((patch) => [...patch.changed.keys()].map((name) => stageOf(name))),
  );
}
