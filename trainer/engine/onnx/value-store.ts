import type { InferenceSession } from 'onnxruntime-node';
import type { Value, ValueMap } from '../engine.ts';

export interface OutputPort {
  /** As the session calls it, and as the function that was traced does. */
  readonly port: string;
  readonly name: string;
  readonly shape: readonly number[];
}

/** Where the values of an onnx engine lie, and how sessions reach them. */
export interface ValueStore {
  /** Makes a value of elements that are not written to any more. */
  upload(data: Float32Array, shape: readonly number[]): Value;
  /** What a session must be created with to leave its outputs here. */
  sessionOptions(outputs: readonly OutputPort[]): InferenceSession.SessionOptions;
  /**
   * Runs a session on values of this store, those that it has no input for left out.
   * @throws EngineError VALUE_FOREIGN, VALUE_DISPOSED
   */
  run(
    session: InferenceSession,
    inputs: ValueMap,
    outputs: readonly OutputPort[],
  ): Promise<ValueMap>;
}
