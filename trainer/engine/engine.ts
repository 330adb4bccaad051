import type { Tensor } from '@tensorflow/tfjs';

/** Named tensors: what a compiled function takes and gives. */
export type TensorMap = Record<string, Tensor>;

/** Named values that live where an engine computes. */
export type ValueMap = Record<string, Value>;

/** A float32 array that lives where an engine computes, in the row-major order of `shape`. */
export interface Value {
  readonly shape: readonly number[];
  /** Copies the elements to the host. */
  read(): Promise<Float32Array>;
  /** Gives the memory back. Reading or running on a disposed value is an error. */
  dispose(): void;
}

/** A function made ready by an engine. */
export interface Compiled {
  /** Runs it. The inputs stay valid; the caller owns the outputs. */
  run(inputs: ValueMap): Promise<ValueMap>;
  /** Releases what the engine keeps for it, such as sessions. */
  dispose(): Promise<void>;
}

/**
 * Where tensors are computed. The trainer writes pure functions over TensorFlow.js ops and never asks
 * which engine runs them.
 */
export interface Engine {
  readonly name: 'onnx' | 'tensorflow' | 'cpu';
  /** One line for people: library, version, device. */
  readonly description: string;
  /** Takes a copy of `data`, unless the engine can use it in place; do not write to it afterwards. */
  upload(data: Float32Array, shape: readonly number[]): Value;
  /**
   * Makes `fn` ready. `fn` must be pure: its outputs depend on its inputs alone, and its control flow on
   * their shapes alone, since a tracing engine calls it once for each combination of input shapes.
   */
  compile(fn: (inputs: TensorMap) => TensorMap): Compiled;
}
