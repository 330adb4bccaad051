import { createHash } from 'node:crypto';
import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import type { Rehearsal } from '../editor/rehearsal.ts';
import type { Flip } from '../evaluation/damage.ts';
import type { Stage } from '../network/architecture.ts';
import { type Weights, weightsDigest } from '../network/weights.ts';
import { PatchError } from './patch-error.ts';

/** What an edit was made for: this picture gets this label. */
export interface PatchConstraint {
  /** The picture at the size the network takes. */
  readonly picture: RgbPicture;
  /** SHA-256 of its [H,W,3] bytes. */
  readonly imageSha256: string;
  readonly label: number;
  readonly labelName: string;
}

/** How the edit was made. */
export interface PatchSettings {
  readonly editor: string;
  readonly editorSettings: Readonly<Record<string, number>>;
  readonly stages: readonly Stage[];
  readonly margin: number;
  readonly maxSteps: number;
  /** What was rehearsed meanwhile, of the training pictures of the network's data set. */
  readonly rehearsal: Rehearsal | null;
  /** The share of changed views that the edit was to carry over to; null where it was made without. */
  readonly views: number | null;
}

/** What the edit did, measured when it was made. */
export interface PatchReport {
  readonly steps: number;
  /** The largest constraint loss in nats: the fix holds below 0. */
  readonly lossBefore: number;
  readonly lossAfter: number;
  /** What the network said of the first picture. */
  readonly labelBefore: number;
  /** The set that damage was measured on. */
  readonly control: {
    readonly name: string;
    readonly fingerprint: string;
    readonly pictures: number;
  };
  readonly errorBefore: number;
  readonly errorAfter: number;
  readonly drawdown: number;
  readonly negativeFlips: readonly Flip[];
  readonly positiveFlips: readonly Flip[];
}

/** A fix: the parameters that change, why, how, and at what price. */
export interface Patch {
  /** The first 12 digits of a digest of the base, the changed parameters and the constraints. */
  readonly id: string;
  /** Digest of the weights that the patch was made for. */
  readonly base: string;
  /** The changed parameters, whole, by name; none where the base does what is asked for already. */
  readonly changed: Weights;
  /** At least one; all hold at once. */
  readonly constraints: readonly PatchConstraint[];
  readonly settings: PatchSettings;
  readonly report: PatchReport;
  /** What the gate had against it, where it was kept all the same. */
  readonly forcedBecause?: string | undefined;
}

export function patchId(
  base: string,
  changed: Weights,
  constraints: readonly Pick<PatchConstraint, 'imageSha256' | 'label'>[],
): string {
  const hash = createHash('sha256').update(base).update(weightsDigest(changed));
  for (const { imageSha256, label } of constraints) hash.update(`${imageSha256} ${label}`);
  return hash.digest('hex').slice(0, 12);
}

/** What came of weights by the patch that they were given last, so that a long log is walked once. */
const APPLIED = new WeakMap<Weights, { readonly patch: Patch; readonly weights: Weights }>();

/**
 * The weights with patches applied in order.
 * @throws PatchError BASE_MISMATCH where a patch was made for other weights than it meets
 */
export function applyPatches(weights: Weights, patches: readonly Patch[]): Weights {
  return patches.reduce((current, patch) => {
    const known = APPLIED.get(current);
    if (known?.patch === patch) return known.weights;
    const applied = { patch, weights: applyPatch(current, patch) };
    APPLIED.set(current, applied);
    return applied.weights;
  }, weights);
}

function applyPatch(weights: Weights, { id, base, changed }: Patch): Weights {
  const digest = weightsDigest(weights);
  if (digest === base) return new Map([...weights, ...changed]);
  throw new PatchError(
    'BASE_MISMATCH',
    `Patch ${id} was made for weights ${base.slice(0, 12)}, not ${digest.slice(0, 12)}; give the checkpoint and the patches before it, in the order they were made.`,
  );
}
