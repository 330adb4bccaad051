import { secondMoment } from '../../curvature/second-moment.ts';
import type { DataSet } from '../../data/data-set.ts';
import { pictureDigest } from '../../data/picture-digest.ts';
import { type LabelledSet, type PictureSet, pictureAt, subset } from '../../data/picture-set.ts';
import { boundaryControl } from '../../evaluation/control/boundary-control.ts';
import { cleanControl } from '../../evaluation/control/clean-control.ts';
import type { ControlKind } from '../../evaluation/control/control-set.ts';
import { corruptedControl } from '../../evaluation/control/corrupted-control.ts';
import { samplePictures } from '../../evaluation/control/sample.ts';
import type { NetworkAnswers } from '../../evaluation/suffix-scorer.ts';
import type { HostTensor } from '../../network/weights.ts';
import { mostFragile } from './most-fragile.ts';

/** Where the pictures of one kind lie among all. */
export interface ControlPart {
  readonly kind: ControlKind;
  readonly start: number;
  readonly count: number;
}

/** What is known of control pictures, whether or not they are there. */
export interface DescribedControls {
  /** The name and the fingerprint of the data set. */
  readonly name: string;
  readonly fingerprint: string;
  /** The control pictures of all kinds, one kind after the other. */
  readonly set: LabelledSet;
  readonly parts: readonly ControlPart[];
  /** [N], where each lies in the data's test set. */
  readonly sources: readonly number[];
  /** [N], of the test picture that each was made from: `pictureDigest`. */
  readonly digests: readonly string[];
  /** Of the network's last layer, [F,F], see `secondMoment`; null where it was not stored. */
  readonly curvature: HostTensor | null;
}

/** Everything of a data set that fixes are measured on and rehearse. */
export interface ControlPictures extends DescribedControls {
  readonly set: PictureSet;
  readonly curvature: HostTensor;
  /** Training pictures to rehearse, those first that the network decides by least. */
  readonly rehearsal: PictureSet;
}

export interface ControlOptions {
  /** Clean control pictures; at most as many as there are test pictures. */
  readonly pictures: number;
  readonly seed: number;
  /** Training pictures that are kept for rehearsal. */
  readonly rehearsal: number;
}

/** A corrupted picture for so many clean ones. */
const CLEAN_PER_CORRUPTED = 4;
/** Boundary pictures, and training pictures to rehearse, are looked for among so many times the clean ones. */
const POOL_PER_CLEAN = 4;

/**
 * Draws the control sets of a network: clean pictures, those that it barely decides among four times as
 * many, and a quarter as many corrupted ones. To rehearse, it takes those of the training pictures that
 * the network gets right by least: the answers to others take care of themselves.
 * The curvature is that by all training pictures that were looked at.
 * @param answersTo those of the network before any fix
 */
export async function drawControlPictures(
  data: DataSet,
  answersTo: (set: PictureSet) => Promise<NetworkAnswers>,
  { pictures, seed, rehearsal }: ControlOptions,
): Promise<ControlPictures> {
  const { test } = data;
  const clean = Math.min(pictures, test.count);
  const poolSources = samplePictures(test, Math.min(POOL_PER_CLEAN * clean, test.count), seed);
  const pool = subset(test, poolSources);
  const boundary = boundaryControl(pool, (await answersTo(pool)).logits);
  const trained = Math.min(POOL_PER_CLEAN * clean, data.train.count);
  const training = subset(data.train, samplePictures(data.train, trained, seed));
  const { logits, features } = await answersTo(training);
  const fragile = mostFragile(training, logits);
  const corrupted = Math.max(1, Math.floor(clean / CLEAN_PER_CORRUPTED));
  const sets = [
    cleanControl(test, { pictures: clean, seed }),
    { ...boundary, sources: boundary.sources.map((index) => poolSources[index]!) },
    await corruptedControl(test, { pictures: corrupted, seed }),
  ].filter(({ set }) => set.count > 0);
  const parts: ControlPart[] = [];
  let start = 0;
  for (const { kind, set } of sets) {
    parts.push({ kind, start, count: set.count });
    start += set.count;
  }
  const sources = sets.flatMap((each) => [...each.sources]);
  return {
    name: data.name,
    fingerprint: data.fingerprint(),
    set: joined(
      `${test.name}-controls`,
      sets.map(({ set }) => set),
    ),
    parts,
    sources,
    digests: sources.map((source) => pictureDigest(pictureAt(test, source).pixels)),
    curvature: secondMoment(features, trained),
    rehearsal: subset(training, fragile.subarray(0, rehearsal), `${data.train.name}-rehearsal`),
  };
}

function joined(name: string, sets: readonly PictureSet[]): PictureSet {
  const count = sets.reduce((sum, set) => sum + set.count, 0);
  const pixels = Buffer.concat(sets.map((set) => set.pixels));
  const labels = Uint16Array.from(sets.flatMap((set) => [...set.labels]));
  return { ...sets[0]!, name, count, pixels: new Uint8Array(pixels), labels };
}
