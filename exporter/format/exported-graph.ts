import type { OpenTensor } from '../contract/form.ts';
import type { Preprocessing } from '../contract/manifest.ts';
import type { FormKind } from './form-kind.ts';

/** A classifier as a file. */
export interface ExportedGraph {
  readonly bytes: Uint8Array;
  readonly format: 'onnx' | 'ort';
  readonly opset: number;
  readonly nodes: number;
  /** Name of the input, float32 [N,3,H,W] with N free. */
  readonly input: string;
  /** Name of the output, float32 logits [N,classes]. */
  readonly output: string;
}

/** One way to run a classifier: what a manifest says of a form, with bytes in place of digests. */
export interface ExportedForm extends FormKind {
  readonly graph: ExportedGraph;
  /** External data, or the open stage's weights; null where the graph has all. */
  readonly weights: Uint8Array | null;
  /** Where the open stage's weights lie in `weights`. */
  readonly tensors: readonly OpenTensor[];
}

/** The sizes that a classifier's input [N,3,height,width] and output [N,classes] must have. */
export interface ClassifierShape {
  readonly height: Preprocessing['height'];
  readonly width: Preprocessing['width'];
  readonly classes: number;
}

/** Computes logits [count,classes] of images [count,3,H,W], on whatever runtime. */
export type LogitsFunction = (images: Float32Array, count: number) => Promise<Float32Array>;
