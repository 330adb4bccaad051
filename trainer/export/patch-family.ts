import type { Family } from '../../exporter/format/form-converter.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { defaultSettings } from '../editor/default-settings.ts';
import { type Stage, stageOf } from '../network/architecture.ts';
import { foldBatchNorm } from '../network/fold-batch-norm.ts';
import type { Patch } from '../patch/patch.ts';
import { traceClassifier } from './trace-classifier.ts';

/**
 * The family that a version belongs to: the network before any patch, with the one stage open that all
 * its patches changed, or would usually change where there are none. Null where that is more than one.
 */
export function familyOf(
  { architecture, weights, dataSet, editing }: TrainedNetwork,
  patches: readonly Patch[],
): Family | null {
  const usual = defaultSettings(editing).stages;
  const changed = new Set<Stage>(
    patches.flatMap((patch) => [...patch.changed.keys()].map((name) => stageOf(name))),
  );
  const [stage, ...others] = changed.size > 0 ? changed : usual;
  if (stage === undefined || others.length > 0) return null;
  return {
    base: traceClassifier(architecture, weights, dataSet.preprocessing),
    open: new Set(
      [...foldBatchNorm(architecture, weights).keys()].filter((name) => stageOf(name) === stage),
    ),
  };
}
