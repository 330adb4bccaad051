import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { DataSet } from '../data/data-set.ts';
import type { PictureSet } from '../data/picture-set.ts';
import { TrainingBatches } from '../data/training-batches.ts';
import { EditSampler } from '../editable/edit-sampler.ts';
import type { Engine, ValueMap } from '../engine/engine.ts';
import { adamRate } from './adam.ts';
import { scheduledShare } from './schedule.ts';
import { Teacher } from './teacher.ts';
import type { TrainingPlan } from './training-plan.ts';

/** What one update takes beside the weights, and what there is to watch of it. */
export interface UpdateInputs {
  readonly values: ValueMap;
  readonly report: Readonly<Record<string, number>>;
}

export interface InputSourceOptions {
  readonly engine: Engine;
  readonly data: DataSet;
  /** The part of the training set that is trained on. */
  readonly pictures: PictureSet;
  readonly plan: TrainingPlan;
  readonly teacher: TrainedNetwork | null;
}

/** Makes what each update of a training takes: its batch, its learning rate and its edits. */
export class InputSource {
  /** Updates in an epoch and in all. */
  readonly perEpoch: number;
  readonly steps: number;
  #options: InputSourceOptions;
  #batches: TrainingBatches;
  readonly teacher: Teacher | null;
  #sampler: EditSampler | null;

  /** @throws TrainingError TEACHER_MISMATCH; DataError SELECTION_INVALID when no batch can be filled */
  constructor(options: InputSourceOptions) {
    const { engine, data, pictures, plan } = options;
    const { architecture, batchSize, seed, cutout, editable } = plan;
    const { preprocessing } = data;
    this.#options = options;
    this.#batches = new TrainingBatches(pictures, preprocessing, { batchSize, seed, cutout });
    this.perEpoch = this.#batches.perEpoch;
    this.steps = plan.epochs * this.perEpoch;
    const teacher = options.teacher && new Teacher(engine, options.teacher, data);
    this.teacher = teacher;
    this.#sampler =
      editable &&
      new EditSampler(engine, architecture, {
        pictures,
        preprocessing,
        options: editable,
        seed,
        answers: teacher && ((images) => teacher.answers(images)),
      });
  }

  /**
   * The inputs of update `step`, counted from 0. They depend on the plan, the step and the weights alone.
   * @param weights as they are before the update
   */
  async inputs(step: number, weights: ValueMap): Promise<UpdateInputs> {
    const { engine, data, plan } = this.#options;
    const { height, width } = data.preprocessing;
    const { classes } = plan.architecture;
    const epoch = Math.floor(step / this.perEpoch);
    const { images, oneHot, count } = await this.#batches.batch(epoch, step % this.perEpoch);
    const rate = plan.learningRate * scheduledShare(plan.schedule, step, this.steps);
    const values: ValueMap = {
      images: engine.upload(images, [count, 3, height, width]),
      rate: engine.upload(Float32Array.of(adamRate(rate, step + 1)), []),
    };
    if (plan.weightDecay > 0) {
      values.decay = engine.upload(Float32Array.of(rate * plan.weightDecay), []);
    }
    // A teacher answers the augmented pictures that the student sees, not the plain ones.
    if (this.teacher) values.teacherLogits = await this.teacher.logits(values.images!);
    else values.oneHot = engine.upload(oneHot, [count, classes]);
    if (!this.#sampler) return { values, report: {} };
    const samples = await this.#sampler.samples(step, weights);
    const { edits, policy } = plan.editable!;
    values.editImages = engine.upload(samples.images, [edits, 3, height, width]);
    values.editOneHot = engine.upload(samples.oneHot, [edits, classes]);
    return { values, report: policy === 'mistakes' ? { fallback: samples.fallback } : {} };
  }

  async dispose(): Promise<void> {
    await this.#batches.dispose();
    await this.teacher?.dispose();
    await this.#sampler?.dispose();
  }
}
