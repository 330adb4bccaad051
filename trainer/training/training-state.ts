import { EDITOR, type Moments } from '../checkpoint/checkpoint-tensors.ts';
import type { Engine, ValueMap } from '../engine/engine.ts';
import type { HostTensor, Weights } from '../network/weights.ts';
import { MOMENT1, MOMENT2, REPORT } from './training-step.ts';

/** All that training changes, on the host; see `Checkpoint`. */
export interface HostState {
  readonly weights: Weights;
  readonly coefficients: Weights;
  readonly moments: Moments;
}

/** All that training changes, as it lies where the engine computes, under a training step's names. */
export class TrainingState {
  #values: ValueMap = {};

  /**
   * Copies the arrays: the engine writes where they lie.
   * @param weights with the coefficients among them, where those are learned
   */
  constructor(
    engine: Engine,
    learned: readonly string[],
    weights: Weights,
    moments: Moments | null,
  ) {
    const upload = (name: string, { data, shape }: HostTensor) => {
      this.#values[name] = engine.upload(data.slice(), shape);
    };
    for (const [name, tensor] of weights) upload(name, tensor);
    for (const name of learned) {
      const { shape, data } = weights.get(name)!;
      const zero = { shape, data: new Float32Array(data.length) };
      upload(MOMENT1 + name, moments?.first.get(name) ?? zero);
      upload(MOMENT2 + name, moments?.second.get(name) ?? zero);
    }
  }

  get inputs(): ValueMap {
    return this.#values;
  }

  /** Takes over what a training step gave. @returns the scalars it reported, by name */
  async advance(outputs: ValueMap): Promise<Record<string, number>> {
    const report: Record<string, number> = {};
    for (const [name, value] of Object.entries(outputs)) {
      if (name.startsWith(REPORT)) {
        report[name.slice(REPORT.length)] = (await value.read())[0]!;
        value.dispose();
      } else {
        this.#values[name]!.dispose();
        this.#values[name] = value;
      }
    }
    return report;
  }

  /** Copies everything to the host. */
  async read(): Promise<HostState> {
    const weights = new Map<string, HostTensor>();
    const coefficients = new Map<string, HostTensor>();
    const first = new Map<string, HostTensor>();
    const second = new Map<string, HostTensor>();
    for (const [name, value] of Object.entries(this.#values)) {
      const tensor = { shape: value.shape, data: await value.read() };
      if (name.startsWith(MOMENT1)) first.set(name.slice(MOMENT1.length), tensor);
      else if (name.startsWith(MOMENT2)) second.set(name.slice(MOMENT2.length), tensor);
      else if (name.startsWith(EDITOR)) coefficients.set(name, tensor);
      else weights.set(name, tensor);
    }
    return { weights, coefficients, moments: { first, second } };
  }

  dispose(): void {
    for (const value of Object.values(this.#values)) value.dispose();
  }
}
