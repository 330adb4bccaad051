import type { Compiled, Engine, Value, ValueMap } from '../engine/engine.ts';
import { logSoftmax } from '../engine/gradient/log-softmax.ts';
import { type Architecture, STAGES, type Stage, stageOf } from '../network/architecture.ts';
import { evaluationLayer } from '../network/convolution-layer.ts';
import { resnet18Prefix, resnet18Suffix } from '../network/resnet18.ts';

/** The two halves of a network, before and from the first edited stage, compiled for one engine. */
export class SplitNetwork {
  readonly from: Stage;
  #prefix: Compiled;
  #suffix: Compiled;

  constructor(engine: Engine, architecture: Architecture, from: Stage) {
    this.from = from;
    this.#prefix = engine.compile(({ images, ...all }) => ({
      result: resnet18Prefix(architecture, all, evaluationLayer(all), images!, from),
    }));
    this.#suffix = engine.compile(({ activations, ...all }) => ({
      result: logSoftmax(
        resnet18Suffix(architecture, all, evaluationLayer(all), activations!, from),
      ),
    }));
  }

  /** Of `weights`, those that the suffix needs. */
  suffixOf(weights: ValueMap): ValueMap {
    return this.#half(weights, false);
  }

  /** Images [N,3,H,W] -> what the first edited stage takes, [N,H',W',C']. */
  async activations(weights: ValueMap, images: Value): Promise<Value> {
    const { result } = await this.#prefix.run({ ...this.#half(weights, true), images });
    return result!;
  }

  /** Activations -> log-probabilities [N,classes]. */
  async logProbabilities(weights: ValueMap, activations: Value): Promise<Value> {
    const { result } = await this.#suffix.run({ ...this.suffixOf(weights), activations });
    return result!;
  }

  async dispose(): Promise<void> {
    await this.#prefix.dispose();
    await this.#suffix.dispose();
  }

  #half(weights: ValueMap, before: boolean): ValueMap {
    const boundary = STAGES.indexOf(this.from);
    return Object.fromEntries(
      Object.entries(weights).filter(
        ([name]) => STAGES.indexOf(stageOf(name)) < boundary === before,
      ),
    );
  }
}
