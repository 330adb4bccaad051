import type { RgbPicture } from '../../../exporter/contract/picture/rgb-picture.ts';
import type { PictureSet } from '../../data/picture-set.ts';
import type { EditedModel } from '../../editor/edit-method.ts';
import type { ControlKind, ControlSet } from '../control/control-set.ts';
import type { Coverage } from '../run/unit-record.ts';
import type { PreparedSet, Scorer } from '../scorer.ts';
import { type ClassFlips, flipsPerClass } from '../statistics/flips-per-class.ts';
import { topClasses } from '../top-class.ts';

/** Pictures that an edit may have reached. */
export interface PictureGroup {
  readonly name: string;
  readonly pictures: readonly RgbPicture[];
}

/** A control set with what the network answers before any edit. */
export interface PreparedControl extends ControlSet {
  readonly prepared: PreparedSet;
  readonly before: Uint16Array;
}

/** A picture and groups around it, with what the network answers before any edit. */
export interface Probe {
  readonly groups: readonly PictureGroup[];
  readonly prepared: PreparedSet;
  /** Of the picture, then of the groups' pictures one group after the other. */
  readonly before: Uint16Array;
}

/** What an edited model answers on a control set. */
export interface ControlAnswers {
  readonly control: PreparedControl;
  readonly after: Uint16Array;
}

/** Says of every method alike, by the answers of the edited models alone, what its edits did. */
export class Judge {
  readonly controls: readonly PreparedControl[];
  readonly #scorer: Scorer;
  readonly #labelNames: readonly string[];

  private constructor(
    scorer: Scorer,
    labelNames: readonly string[],
    controls: readonly PreparedControl[],
  ) {
    this.#scorer = scorer;
    this.#labelNames = labelNames;
    this.controls = controls;
  }

  static async create(
    scorer: Scorer,
    labelNames: readonly string[],
    controls: readonly ControlSet[],
  ): Promise<Judge> {
    const prepared: PreparedControl[] = [];
    for (const control of controls.filter(({ set }) => set.count > 0)) {
      const set = await scorer.prepare(control.set);
      const before = topClasses(set.logits, labelNames.length);
      prepared.push({ ...control, prepared: set, before });
    }
    return new Judge(scorer, labelNames, prepared);
  }

  /** The error rate on each control set before any edit. */
  baseErrors(): Record<string, number> {
    return Object.fromEntries(
      this.controls.map(({ kind, set, before }) => {
        const wrong = before.filter((answer, index) => answer !== set.labels[index]).length;
        return [kind, wrong / set.count] as const;
      }),
    );
  }

  /** The answers of a model on the control sets of some kinds. */
  async controlAnswers(
    model: EditedModel,
    kinds: readonly ControlKind[],
  ): Promise<ControlAnswers[]> {
    const answers: ControlAnswers[] = [];
    for (const control of this.controls.filter(({ kind }) => kinds.includes(kind))) {
      const logits = await this.#scorer.logits(control.prepared, model);
      answers.push({ control, after: topClasses(logits, this.#labelNames.length) });
    }
    return answers;
  }

  /** Prepares a picture and groups around it; the caller disposes of `prepared`. */
  async probe(picture: RgbPicture, groups: readonly PictureGroup[]): Promise<Probe> {
    const pictures = [picture, ...groups.flatMap((group) => group.pictures)];
    const prepared = await this.#scorer.prepare(unlabelled(pictures, this.#labelNames));
    return { groups, prepared, before: topClasses(prepared.logits, this.#labelNames.length) };
  }

  /** The answers of a model on a probe's pictures. */
  async answers({ prepared }: Probe, model: EditedModel): Promise<Uint16Array> {
    return topClasses(await this.#scorer.logits(prepared, model), this.#labelNames.length);
  }
}

/**
 * What a model changed on a control set, by class.
 * @param excluded test pictures that do not count: those that were edited
 */
export function controlFlips(
  { control, after }: ControlAnswers,
  excluded: ReadonlySet<number>,
): ClassFlips {
  const { set, sources, before } = control;
  const counts = (index: number) => !excluded.has(sources[index]!);
  return flipsPerClass(set.labels, before, after, set.labelNames.length, counts);
}

/** How many pictures of each group have `label`, before and after. */
export function coverage(
  { groups, before }: Probe,
  after: ArrayLike<number>,
  label: number,
): Record<string, Coverage> {
  let start = 1;
  const counts: Record<string, Coverage> = {};
  for (const { name, pictures } of groups) {
    counts[name] = countLabel(
      pictures.map((_, index) => start + index),
      before,
      after,
      label,
    );
    start += pictures.length;
  }
  return counts;
}

/** How many of the answers at `rows` are `label`, before and after. */
export function countLabel(
  rows: readonly number[],
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  label: number,
): Coverage {
  const now = rows.filter((row) => after[row] === label);
  return {
    pictures: rows.length,
    before: rows.filter((row) => before[row] === label).length,
    after: now.length,
    gained: now.filter((row) => before[row] !== label).length,
  };
}

/** Place of `label` among the answers of the first row of logits, from 1; ties take the better place. */
export function rankOf(label: number, logits: Float32Array, classes: number): number {
  const row = logits.subarray(0, classes);
  return 1 + row.filter((logit) => logit > row[label]!).length;
}

function unlabelled(pictures: readonly RgbPicture[], labelNames: readonly string[]): PictureSet {
  const { height, width } = pictures[0]!;
  const size = height * width * 3;
  const pixels = new Uint8Array(pictures.length * size);
  for (const [index, picture] of pictures.entries()) pixels.set(picture.pixels, index * size);
  const count = pictures.length;
  return {
    name: 'probe',
    height,
    width,
    labelNames,
    count,
    pixels,
    labels: new Uint16Array(count),
  };
}
