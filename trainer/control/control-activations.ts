import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { type LabelledSet, labelledSubset } from '../data/picture-set.ts';
import { STAGES, type Stage, stageOf } from '../network/architecture.ts';
import { type HostTensor, type Weights, weightsDigest } from '../network/weights.ts';
import { ControlError } from './control-error.ts';

/** The kinds of control pictures that are stored; boundary ones are found among the clean. */
export const STORED_KINDS = ['clean', 'corrupted'] as const;

/** Where the pictures of one kind lie. */
export interface StoredPart {
  readonly kind: (typeof STORED_KINDS)[number];
  readonly start: number;
  readonly count: number;
}

/**
 * A control set without its pictures: what one stage of a network takes of them. Edits of that stage and of
 * later ones can be measured on it, where the pictures may not be given away or are not at hand.
 */
export interface ControlActivations {
  /** The name and the fingerprint of the data set. */
  readonly name: string;
  readonly fingerprint: string;
  /** Digest of the weights of the network before any fix, and of those before the stage alone. */
  readonly weights: string;
  readonly prefix: string;
  readonly stage: Stage;
  /** Their labels, and the size of the pictures that they were computed from. */
  readonly set: LabelledSet;
  readonly parts: readonly StoredPart[];
  /** [N], where each lies in the data's test set. */
  readonly sources: readonly number[];
  /** [N], of the test picture that each was made from: `pictureDigest`. */
  readonly digests: readonly string[];
  /** [N], the perceptual hash of each, for what a cache would do. */
  readonly hashes: readonly Uint32Array[];
  /** Of the network's last layer, [F,F], see `secondMoment`; null where a file is from before there was any. */
  readonly curvature: HostTensor | null;
  /** [N,H',W',C'], rounded to half precision. */
  readonly activations: HostTensor;
}

/** Digest of the weights of all stages before one: activations before it are theirs alone. */
export function prefixDigest(weights: Weights, stage: Stage): string {
  const before = STAGES.slice(0, STAGES.indexOf(stage));
  return weightsDigest(new Map([...weights].filter(([name]) => before.includes(stageOf(name)))));
}

/**
 * Holds activations against the network that they are to measure, which may be an edited one.
 * @throws ControlError ACTIVATIONS_FOREIGN
 */
export function checkActivations(
  { architecture, dataSet, weights }: TrainedNetwork,
  { name, set, stage, prefix, curvature }: ControlActivations,
): void {
  const { preprocessing, labelNames } = dataSet;
  const same =
    set.labelNames.join() === labelNames.join() &&
    set.height === preprocessing.height &&
    set.width === preprocessing.width &&
    (curvature === null || curvature.shape[0] === architecture.width << 3) &&
    prefixDigest(weights, stage) === prefix;
  if (same) return;
  throw new ControlError(
    'ACTIVATIONS_FOREIGN',
    `The activations of ${name} are of another network, or of one whose stages before ${stage} were edited since; make them of this one by \`patchwork package\`, or measure on pictures.`,
  );
}

/** Rows [M] of a tensor [N,...], in the order given. */
export function takeRows({ shape, data }: HostTensor, rows: ArrayLike<number>): HostTensor {
  const length = data.length / shape[0]!;
  const taken = new Float32Array(rows.length * length);
  for (let place = 0; place < rows.length; place++) {
    const start = rows[place]! * length;
    taken.set(data.subarray(start, start + length), place * length);
  }
  return { shape: [rows.length, ...shape.slice(1)], data: taken };
}

/** The rows of one kind. */
export function rowsOfKind({ parts }: ControlActivations, kind: StoredPart['kind']): Uint32Array {
  const part = parts.find((each) => each.kind === kind);
  return Uint32Array.from({ length: part?.count ?? 0 }, (_, place) => part!.start + place);
}

/** Labels and activations of some rows. */
export function selectControl(
  { set, activations }: ControlActivations,
  rows: Uint32Array,
  name: string,
): { set: LabelledSet; activations: HostTensor } {
  return { set: labelledSubset(set, rows, name), activations: takeRows(activations, rows) };
}
