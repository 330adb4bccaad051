import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { type Weights, weightsDigest } from '../network/weights.ts';
import type { Patch, PatchReport } from '../patch/patch.ts';
import type { DescribedControls } from './control/control-pictures.ts';
import type { FixFigures } from './figures.ts';
import type { Thresholds } from './gate/thresholds.ts';

/**
 * The report that a patch carries, of what was measured on clean control pictures.
 * @param before the logits [classes] of the first picture before the fix
 */
export function patchReport(
  controls: DescribedControls,
  figures: FixFigures,
  steps: number,
  before: Float32Array,
): PatchReport {
  const clean = figures.controls.clean!;
  return {
    steps,
    lossBefore: Math.max(...figures.pictures.map(({ lossBefore }) => lossBefore)),
    lossAfter: Math.max(...figures.pictures.map(({ lossAfter }) => lossAfter)),
    labelBefore: before.indexOf(Math.max(...before)),
    control: {
      name: `${controls.name}-clean`,
      fingerprint: controls.fingerprint,
      pictures: clean.pictures,
    },
    errorBefore: clean.errorBefore,
    errorAfter: clean.errorAfter,
    drawdown: clean.errorAfter - clean.errorBefore,
    negativeFlips: clean.negativeFlips,
    positiveFlips: clean.positiveFlips,
  };
}

/** What fixes are found with. */
interface FixContext {
  readonly network: TrainedNetwork;
  readonly bench: { readonly controls: DescribedControls };
  readonly thresholds: Thresholds;
  readonly seed: number;
}

/** What a record says of any fix, however it was found. */
export function recordBasis(
  { network, bench: { controls }, thresholds, seed }: FixContext,
  { id, constraints }: Patch,
  weights: Weights,
  figures: FixFigures,
) {
  return {
    schema: 'patchwork/fix@1' as const,
    id,
    weights: weightsDigest(weights),
    labelNames: [...controls.set.labelNames],
    labels: constraints.map(({ labelName }) => labelName),
    seed,
    editable: network.editing !== undefined,
    control: {
      name: controls.name,
      fingerprint: controls.fingerprint,
      pictures: controls.set.count,
    },
    thresholds,
    figures,
  };
}
