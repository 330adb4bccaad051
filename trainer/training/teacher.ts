import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { DataSet } from '../data/data-set.ts';
import type { Compiled, Engine, Value, ValueMap } from '../engine/engine.ts';
import { topClasses } from '../evaluation/top-class.ts';
import { foldBatchNorm } from '../network/fold-batch-norm.ts';
import { IMAGES, inference, LOGITS } from '../network/inference.ts';
import { disposeValues, uploadWeights } from '../network/weights.ts';
import { TrainingError } from './training-error.ts';

/** A frozen network whose answers a student learns instead of labels. It may be of another width. */
export class Teacher {
  #network: TrainedNetwork;
  #forward: Compiled;
  #weights: ValueMap;

  /** @throws TrainingError TEACHER_MISMATCH when it has other labels or takes other pictures */
  constructor(engine: Engine, network: TrainedNetwork, data: DataSet) {
    const { labelNames, preprocessing } = network.dataSet;
    const different = (one: unknown, other: unknown) =>
      JSON.stringify(one) !== JSON.stringify(other);
    if (different(labelNames, data.train.labelNames)) throw mismatch(data, 'has other labels');
    if (different(preprocessing, data.preprocessing)) {
      throw mismatch(data, 'takes pictures of another size or with other channel statistics');
    }
    this.#network = network;
    this.#forward = engine.compile(inference(network.architecture));
    this.#weights = uploadWeights(engine, foldBatchNorm(network.architecture, network.weights));
  }

  /** The logits [N,classes] of images [N,3,H,W], with running statistics. The caller owns them. */
  async logits(images: Value): Promise<Value> {
    const outputs = await this.#forward.run({ ...this.#weights, [IMAGES]: images });
    return outputs[LOGITS]!;
  }

  /** The answer to each of images [N,3,H,W]. */
  async answers(images: Value): Promise<Uint16Array> {
    const logits = await this.logits(images);
    const answers = topClasses(await logits.read(), this.#network.architecture.classes);
    logits.dispose();
    return answers;
  }

  async dispose(): Promise<void> {
    disposeValues(this.#weights);
    await this.#forward.dispose();
  }
}

function mismatch({ name }: DataSet, what: string): TrainingError {
  return new TrainingError(
    'TEACHER_MISMATCH',
    `The teacher ${what} than ${name}; name a checkpoint that was trained on ${name}.`,
  );
}
