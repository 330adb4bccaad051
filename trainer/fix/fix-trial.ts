import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { normalise } from '../../exporter/contract/picture/preprocess.ts';
import { takeRows } from '../control/control-activations.ts';
import { EditRunner } from '../editor/apply-editor.ts';
import type { EditPrograms } from '../editor/edit-programs.ts';
import type { EditTask, LabelledImage } from '../editor/edit-task.ts';
import { firstStage } from '../editor/first-stage.ts';
import { interpolateWeights } from '../network/interpolate-weights.ts';
import type { Weights } from '../network/weights.ts';
import type { PatchConstraint } from '../patch/patch.ts';
import type { ControlBench } from './control/control-bench.ts';
import { havePictures } from './control/stored-controls.ts';
import { breaksEarlier, brokenRegressions, type FixFigures } from './figures.ts';
import { checkFix, isModest, mayBeModest } from './gate/gate.ts';
import type { Thresholds } from './gate/thresholds.ts';
import { lostAnswers } from './lost-answers.ts';
import { type Answers, exemptPictures, fixFigures } from './measure-fix.ts';
import type { LabelledPicture, NearAnswers, NearPictures } from './near-pictures.ts';
import type { Candidate } from './search/candidate.ts';
import type { Damage } from './search/damage.ts';
import type { Measured, NearCheck, Sampled, Trial, TriedEdit } from './search/trial.ts';
import type { Stopwatch } from './stopwatch.ts';

export interface FixTrialOptions {
  readonly bench: ControlBench;
  readonly programs: EditPrograms;
  readonly preprocessing: Preprocessing;
  readonly near: NearPictures;
  /** The network that the fix is for, which damage is held against. */
  readonly current: Weights;
  /** The network that edits begin with. */
  readonly start: Weights;
  /** What else edits are made for, beside the pictures that are fixed. */
  readonly together: readonly PatchConstraint[];
  readonly thresholds: Thresholds;
  readonly stopwatch: Stopwatch;
}

/** Makes and measures edits of a network. */
export class FixTrial implements Trial<Weights, FixFigures> {
  readonly samples: number;
  #options: FixTrialOptions;
  #before: Answers;
  #exempt: ReadonlySet<number>;
  #last: { edit: Weights; share: number; answers: NearAnswers } | null = null;

  private constructor(options: FixTrialOptions, before: Answers) {
    this.#options = options;
    this.#before = before;
    this.#exempt = exemptPictures(options.bench, options.near);
    this.samples = options.bench.samples.length;
  }

  static async open(options: FixTrialOptions): Promise<FixTrial> {
    const { bench, near, current, stopwatch } = options;
    const before = await stopwatch.time('answers before', async () => {
      await bench.startFrom(current);
      return { controls: await bench.logits(current), near: await near.startFrom(current) };
    });
    return new FixTrial(options, before);
  }

  /** What the network answers near the fix before it. */
  get before(): NearAnswers {
    return this.#before.near;
  }

  edit({ settings }: Candidate): Promise<TriedEdit<Weights>> {
    const { programs, bench, preprocessing, near, start, together, stopwatch } = this.#options;
    return stopwatch.time('edits', async () => {
      const grounds = {
        rehearsed: settings.rehearsal
          ? normalise(this.#rehearsed(settings.rehearsal.pictures), preprocessing)
          : null,
        inverseCurvature: settings.editor.preconditioned ? bench.inverseCurvature : null,
      };
      const { engine, architecture } = programs;
      const runner = new EditRunner(engine, architecture, settings, grounds, programs);
      const labelled = ({ picture, label }: LabelledPicture): LabelledImage => ({
        image: normalise(picture.pixels, preprocessing),
        label,
      });
      const wanted = [...near.constraints, ...together].map(labelled);
      const views = typeof settings.views === 'number' ? near.views.map(labelled) : [];
      const { height, width } = bench.controls.set;
      const stage = firstStage(settings.stages);
      const task: EditTask = {
        ...wanted[0]!,
        height,
        width,
        together: wanted.slice(1),
        views,
        rehearsed: settings.rehearsal ? await bench.rehearsedBefore(stage, start) : null,
      };
      const { changed, success, steps } = await runner.edit(start, task);
      return { edit: changed, success, steps };
    });
  }

  async near(edit: Weights, share: number): Promise<NearCheck> {
    const { margin, neighbours, earlierMargin } = this.#options.thresholds;
    const { losses, following, earlier } = await this.#near(edit, share);
    const followed = following.map((each) =>
      each.length === 0 ? 1 : each.filter(Boolean).length / each.length,
    );
    const before = this.#before.near.earlier;
    return {
      holds: losses.every((loss) => loss < 0 && loss <= -margin),
      follows: followed.every((each) => each >= neighbours),
      broken: earlier.filter((lossAfter, index) => {
        const { lossFixed } = this.#options.near.earlier[index]!;
        const losses = { lossBefore: before[index]!, lossAfter, lossFixed };
        return breaksEarlier(losses, earlierMargin);
      }).length,
    };
  }

  sample(edit: Weights, share: number, index: number): Promise<Sampled> {
    const { bench, stopwatch, thresholds } = this.#options;
    const { prepared, indices } = bench.samples[index]!;
    return stopwatch.time('samples', async () => {
      const shape = [bench.controls.set.count, prepared.set.labelNames.length];
      const { data: before } = takeRows({ shape, data: this.#before.controls }, indices);
      const weights = this.weights(edit, share);
      const after = await bench.scorer.logits(prepared, { weights, overrides: [] });
      const counts = (row: number) => !this.#exempt.has(indices[row]!);
      const { flipped, lost } = lostAnswers(prepared.set, before, after, counts);
      const broken = flipped.map((row) => indices[row]!);
      return {
        damage: { ...NOTHING, negativeFlips: flipped.length, lost },
        promising: mayBeModest(
          bench.controls.parts,
          { flipped: broken, lost },
          indices.length,
          thresholds,
        ),
      };
    });
  }

  async measure(edit: Weights, share: number): Promise<Measured<FixFigures>> {
    const { bench, near, thresholds, stopwatch } = this.#options;
    const { follows } = await this.near(edit, share);
    const answers = await this.#near(edit, share);
    return stopwatch.time('control pictures', async () => {
      const controls = await bench.logits(this.weights(edit, share));
      const figures = fixFigures(bench, near, this.#before, { controls, near: answers });
      const checks = checkFix(figures, thresholds);
      const { set } = bench.controls;
      const counts = (row: number) => !this.#exempt.has(row);
      const { flipped, lost } = lostAnswers(set, this.#before.controls, controls, counts);
      const damage: Damage = {
        negativeFlips: flipped.length,
        lost,
        short: !follows,
        broken: brokenRegressions(figures, thresholds).length,
        overReach: figures.pictures.reduce((sum, each) => sum + each.overReach.gained, 0),
      };
      const acceptable = checks.every(({ passed }) => passed);
      return { damage, figures, acceptable, modest: isModest(checks, lost, set.count) };
    });
  }

  /** The network with a share of an edit. */
  weights(edit: Weights, share: number): Weights {
    const { start } = this.#options;
    return new Map([...start, ...interpolateWeights(start, edit, share)]);
  }

  #near(edit: Weights, share: number): Promise<NearAnswers> {
    const { near, stopwatch } = this.#options;
    const last = this.#last;
    if (last?.edit === edit && last.share === share) return Promise.resolve(last.answers);
    return stopwatch.time('line search', async () => {
      const answers = await near.answers(this.weights(edit, share));
      this.#last = { edit, share, answers };
      return answers;
    });
  }

  #rehearsed(pictures: number): Uint8Array {
    const { controls } = this.#options.bench;
    if (!havePictures(controls)) return new Uint8Array();
    const { height, width, pixels } = controls.rehearsal;
    return pixels.subarray(0, pictures * height * width * 3);
  }
}

const NOTHING = { broken: 0, short: false, overReach: 0 };
