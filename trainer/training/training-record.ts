import { type Checkpoint, saveCheckpoint } from '../checkpoint/checkpoint.ts';
import type { CheckpointMetadata, TrainedOn } from '../checkpoint/checkpoint-metadata.ts';
import type { DataSet } from '../data/data-set.ts';
import { editingOf } from '../editable/learned-coefficients.ts';
import type { Weights } from '../network/weights.ts';
import { bestEpoch, bestPath } from './best-epoch.ts';
import { LossCurve } from './loss-curve.ts';
import { planFingerprint } from './training-plan.ts';
import { diverged, type TrainingRun } from './training-run.ts';
import type { HostState } from './training-state.ts';

/** What a training leaves: its loss curve, its checkpoint, and the network of its best epoch. */
export class TrainingRecord {
  readonly curve: LossCurve;
  #run: TrainingRun;
  #perEpoch: number;

  /** @param perEpoch updates in an epoch */
  constructor(run: TrainingRun, perEpoch: number) {
    this.curve = new LossCurve(run.resume?.training.curve ?? []);
    this.#run = run;
    this.#perEpoch = perEpoch;
  }

  /** Writes the checkpoint after `step` updates. @throws TrainingError DIVERGED before it does */
  async saveLatest(step: number, state: HostState): Promise<Checkpoint> {
    this.#checkFinite(step, state);
    const checkpoint = { ...this.#describe(step, state), ...state };
    await saveCheckpoint(this.#run.path, checkpoint);
    return checkpoint;
  }

  /**
   * Takes the figures of the epoch that ends with update `step` into the curve and, where none was better,
   * writes its network. @throws TrainingError DIVERGED before it does
   */
  async saveBest(
    step: number,
    state: HostState,
    figures: Readonly<Record<string, number>>,
  ): Promise<void> {
    this.#checkFinite(step, state);
    this.curve.mark(step, { epoch: step / this.#perEpoch, ...figures });
    if (bestEpoch(this.curve.points)!.step !== step) return;
    const network = { ...this.#describe(step, state), weights: state.weights };
    await saveCheckpoint(bestPath(this.#run.path), network);
  }

  #describe(step: number, { coefficients }: HostState): CheckpointMetadata {
    const { plan, data } = this.#run;
    const { architecture, seed, editable } = plan;
    return {
      architecture,
      training: {
        epoch: Math.floor(step / this.#perEpoch),
        step,
        seed,
        optionsFingerprint: planFingerprint(plan),
        curve: this.curve.points,
      },
      dataSet: trainedOn(data),
      ...(editable && { editing: editingOf(editable, coefficients) }),
    };
  }

  #checkFinite(step: number, { weights, coefficients }: HostState): void {
    if (![weights, coefficients].every(allFinite)) throw diverged(this.#run, step);
  }
}

/** What a checkpoint records of the data. */
export function trainedOn(data: DataSet): TrainedOn {
  return {
    name: data.name,
    fingerprint: data.fingerprint(),
    labelNames: data.train.labelNames,
    preprocessing: data.preprocessing,
  };
}

function allFinite(weights: Weights): boolean {
  return [...weights.values()].every(({ data }) => data.every(Number.isFinite));
}
