import type { Form, Precision } from '../../exporter/contract/form.ts';
import type { Manifest } from '../../exporter/contract/manifest.ts';

const MEBIBYTE = 1024 * 1024;

/** What an instance takes before it opens anything. */
export const EMPTY_INSTANCE_BYTES = 10 * MEBIBYTE;

/** What a session takes beside its weights. */
const SESSION_BYTES = 2 * MEBIBYTE;

/**
 * What opening a flatbuffer in place takes beside it, as a multiple of it: integer weights are packed
 * into a copy, half ones are unfolded to fp32.
 */
const IN_PLACE_FACTOR: Readonly<Record<Precision, number>> = { fp32: 0.05, fp16: 2.2, int8: 1.1 };

/** The same of an ONNX file: the parsed message and the tensors. */
const PARSED_FACTOR: Readonly<Record<Precision, number>> = { fp32: 2, fp16: 4, int8: 2.2 };

/** How many of the network's largest values are alive at once while it runs. */
const LIVE_VALUES = 4;

/** Heap that a form takes, in bytes. */
export interface MemoryNeed {
  /** The parts, each of which lies in a slot. */
  readonly graph: number;
  readonly weights: number;
  /** What the session allocates when it is opened. */
  readonly opening: number;
  /** What a run takes and gives back. */
  readonly running: number;
}

/** @param open whether the form's graph is open already */
export function memoryNeed(manifest: Manifest, form: Form, open: boolean): MemoryNeed {
  const { graph, weights, precision, storage } = form;
  const { height, width } = manifest.preprocessing;
  const { stem, width: filters } = manifest.architecture;
  const plane = stem === 'imagenet' ? (height * width) / 4 : height * width;
  const weightBytes = weights?.bytes ?? 0;
  const parsed = storage === 'onnx-external' ? weightBytes : graph.bytes;
  const factor = isInPlace(form) ? IN_PLACE_FACTOR : PARSED_FACTOR;
  return {
    graph: open ? 0 : graph.bytes,
    weights: weightBytes,
    opening: open ? 0 : Math.ceil(parsed * factor[precision]) + SESSION_BYTES,
    running: LIVE_VALUES * plane * filters * Float32Array.BYTES_PER_ELEMENT,
  };
}

/** How many blocks the heap must have for what opening takes: a graph is many tensors. */
const OPENING_BLOCKS = 4;

/** What opening takes, as the sizes of blocks that need not lie side by side. */
export function openingBlocks(opening: number): number[] {
  if (opening === 0) return [];
  return Array.from({ length: OPENING_BLOCKS }, () => Math.ceil(opening / OPENING_BLOCKS));
}

/** Whether a session uses the graph's bytes where they lie. */
export function isInPlace({ graph }: Form): boolean {
  return graph.format === 'ort';
}

export function totalBytes({ graph, weights, opening, running }: MemoryNeed): number {
  return graph + weights + opening + running;
}
