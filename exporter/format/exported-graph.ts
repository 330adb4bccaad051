import type { Preprocessing } from '../contract/manifest.ts';

/** A classifier written as ONNX: what the tracer hands to the exporter. */
export interface ExportedGraph {
  /** The file. */
  readonly bytes: Uint8Array;
  readonly format: 'onnx' | 'ort';
  readonly opset: number;
  readonly nodes: number;
  /** Name of the input, float32 [N,3,H,W] with N free. */
  readonly input: string;
  /** Name of the output, float32 logits [N,classes]. */
  readonly output: string;
}

/** The sizes that a classifier's input [N,3,height,width] and output [N,classes] must have. */
export interface ClassifierShape {
  readonly height: Preprocessing['height'];
  readonly width: Preprocessing['width'];
  readonly classes: number;
}

/** Computes logits [count,classes] of images [count,3,H,W], on whatever runtime. */
export type LogitsFunction = (images: Float32Array, count: number) => Promise<Float32Array>;
