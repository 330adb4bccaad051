import { pictureDigest } from '../data/picture-digest.ts';
import { labelledSubset } from '../data/picture-set.ts';
import { assembleSet } from '../evaluation/neighbour/assemble-set.ts';
import {
  NEIGHBOUR_KINDS,
  type Neighbour,
  neighboursOf,
} from '../evaluation/neighbour/neighbour.ts';
import { foreignNeighbours } from '../evaluation/neighbour/over-reach.ts';
import type { PreparedSet } from '../evaluation/scorer.ts';
import { topClasses } from '../evaluation/top-class.ts';
import type { Weights } from '../network/weights.ts';
import type { PatchConstraint } from '../patch/patch.ts';
import type { ControlBench } from './control/control-bench.ts';
import type { EarlierPicture } from './earlier-pictures.ts';

export type LabelledPicture = Pick<PatchConstraint, 'picture' | 'label'>;

/** The answers of one network near a fix. */
export interface NearAnswers {
  /** The logits [classes] of each picture that is fixed. */
  readonly logits: readonly Float32Array[];
  /** Their constraint losses, in nats. */
  readonly losses: readonly number[];
  /** For each of them, whether each neighbour has its label. */
  readonly following: readonly (readonly boolean[])[];
  /** The constraint losses of the earlier fixes' pictures. */
  readonly earlier: readonly number[];
}

/** The pictures that a fix is for, their neighbours, and the pictures of the fixes before it. */
export class NearPictures {
  readonly constraints: readonly PatchConstraint[];
  readonly neighbours: readonly (readonly Neighbour[])[];
  readonly earlier: readonly EarlierPicture[];
  /** For each picture, the control pictures of other labels that lie nearest, among all controls. */
  readonly foreign: readonly Uint32Array[];
  #bench: ControlBench;
  #prepared: PreparedSet;
  #seed: number;
  #views: LabelledPicture[] | null = null;

  private constructor(
    bench: ControlBench,
    prepared: PreparedSet,
    constraints: readonly PatchConstraint[],
    neighbours: readonly (readonly Neighbour[])[],
    earlier: readonly EarlierPicture[],
    seed: number,
  ) {
    this.#bench = bench;
    this.#prepared = prepared;
    this.#seed = seed;
    this.constraints = constraints;
    this.neighbours = neighbours;
    this.earlier = earlier;
    this.foreign = constraints.map((constraint, index) => this.#foreignOf(constraint, index));
  }

  /** @param seed draws the neighbours */
  static async open(
    bench: ControlBench,
    constraints: readonly PatchConstraint[],
    earlier: readonly EarlierPicture[],
    seed: number,
  ): Promise<NearPictures> {
    const neighbours = constraints.map(({ picture }) => neighboursOf(picture, seed));
    const pictures = [
      ...constraints.map(({ picture }) => picture),
      ...neighbours.flat().map(({ picture }) => picture),
      ...earlier.map(({ constraint }) => constraint.picture),
    ];
    const { name, labelNames, height, width } = bench.controls.set;
    const set = assembleSet({ name: `${name}-near`, labelNames, height, width }, pictures, 0);
    const prepared = await bench.scorer.prepare(set, true);
    return new NearPictures(bench, prepared, constraints, neighbours, earlier, seed);
  }

  /**
   * Views of the pictures for edits to carry over to: of the kinds of the neighbours, but other draws, so that
   * the neighbours go on telling what was not trained on. Drawn when asked for: plain edits need none.
   */
  get views(): readonly LabelledPicture[] {
    this.#views ??= this.constraints.flatMap((constraint, index) =>
      viewsOf(constraint, this.neighbours[index]!, this.#seed),
    );
    return this.#views;
  }

  /** The answers of a network, which those that differ from it in the last layer are scored from. */
  async startFrom(weights: Weights): Promise<NearAnswers> {
    const { scorer } = this.#bench;
    const { logits, features } = await scorer.answers(this.#prepared, weights);
    scorer.startFrom(this.#prepared, weights, features);
    return this.#answersOf(logits);
  }

  async answers(weights: Weights): Promise<NearAnswers> {
    const { logits } = await this.#bench.scorer.answers(this.#prepared, weights);
    return this.#answersOf(logits);
  }

  #answersOf(all: Float32Array): NearAnswers {
    const classes = all.length / this.#prepared.set.count;
    const row = (index: number) => all.subarray(index * classes, (index + 1) * classes);
    const logits = this.constraints.map((_, index) => row(index));
    let next = this.constraints.length;
    const top = topClasses(all, classes);
    const following = this.constraints.map(({ label }, index) =>
      this.neighbours[index]!.map(() => top[next++] === label),
    );
    return {
      logits,
      losses: this.constraints.map(({ label }, index) => lossOf(logits[index]!, label)),
      following,
      earlier: this.earlier.map(({ constraint }) => lossOf(row(next++), constraint.label)),
    };
  }

  async dispose(): Promise<void> {
    await this.#prepared.dispose();
  }

  #foreignOf({ picture, label }: PatchConstraint, index: number): Uint32Array {
    const { all, controls } = this.#bench;
    const clean = controls.parts.find(({ kind }) => kind === 'clean');
    if (!clean) return new Uint32Array();
    const { start, count } = clean;
    const length = all.features.length / all.set.count;
    const rows = (features: Float32Array, from: number, many: number) =>
      features.subarray(from * length, (from + many) * length);
    const set = labelledSubset(
      all.set,
      Uint32Array.from({ length: count }, (_, place) => start + place),
    );
    const heldOut = { set, features: rows(all.features, start, count) };
    const edited = { picture, features: rows(this.#prepared.features, index, 1) };
    const same = pictureDigest(picture.pixels);
    return foreignNeighbours(heldOut, edited, label)
      .map((place) => start + place)
      .filter((place) => controls.digests[place] !== same);
  }
}

/** Views of a picture that are none of its neighbours. */
function viewsOf(
  { picture, label }: PatchConstraint,
  neighbours: readonly Neighbour[],
  seed: number,
): LabelledPicture[] {
  const measured = new Set(neighbours.map((each) => pictureDigest(each.picture.pixels)));
  return neighboursOf(picture, seed + 1)
    .filter((view) => !measured.has(pictureDigest(view.picture.pixels)))
    .map((view) => ({ picture: view.picture, label }));
}

/** How many neighbours of each kind there are. */
export function kindsOf(neighbours: readonly Neighbour[]): [string, number[]][] {
  return NEIGHBOUR_KINDS.map((kind): [string, number[]] => [
    kind,
    neighbours.flatMap((each, index) => (each.kind === kind ? [index] : [])),
  ]).filter(([, places]) => places.length > 0);
}

/** The constraint loss l_e of one row of logits, in nats (see `constraintLoss`). */
export function lossOf(logits: Float32Array, label: number): number {
  let rival = Number.NEGATIVE_INFINITY;
  for (const [index, logit] of logits.entries())
    if (index !== label) rival = Math.max(rival, logit);
  return rival - logits[label]!;
}
