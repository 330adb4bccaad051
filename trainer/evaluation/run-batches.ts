import type { Compiled, Engine, ValueMap } from '../engine/engine.ts';
import { elementCount } from '../engine/shape.ts';
import { disposeValues, type HostTensor, uploadWeights, type Weights } from '../network/weights.ts';

/** Pictures a run: large enough to keep all cores busy. A power of two. */
const MOST = 128;

/** The name under which a compiled function takes what its first stage does. */
export const ACTIVATIONS = 'activations';

/** `size` pictures from `start` on; those past the end of their set are zeros. */
export interface BatchRange {
  readonly start: number;
  readonly size: number;
}

/** Beyond so many, the last batch of a set is filled up to a multiple of it. */
const STEP = 8;

/**
 * Splits `count` pictures into batches. The last one's size is the next power of two or multiple of 8, so
 * that sets of any size have few shapes to compile for, and few pictures are computed for nothing.
 */
export function batchRanges(count: number): BatchRange[] {
  const ranges: BatchRange[] = [];
  for (let start = 0; start < count; start += MOST) {
    const left = Math.min(MOST, count - start);
    ranges.push({ start, size: sizeOf(left) });
  }
  return ranges;
}

function sizeOf(pictures: number): number {
  if (pictures > STEP) return STEP * Math.ceil(pictures / STEP);
  return 2 ** Math.ceil(Math.log2(pictures));
}

/** What a stage takes of a set of pictures, batch by batch. */
export interface ActivationSource {
  /** Of one picture: [3,H,W] before the stem, [H,W,C] before any other stage. */
  readonly shape: readonly number[];
  /** The `index`-th range. Do not write to it; it is valid until the second read after this one. */
  read(index: number): Promise<Float32Array>;
}

/** The rows of `count` pictures from `start` on, of a source of batches as `batchRanges` splits them. */
export async function readRows(
  source: ActivationSource,
  start: number,
  count: number,
): Promise<HostTensor> {
  const length = elementCount(source.shape);
  const data = new Float32Array(count * length);
  for (let done = 0; done < count; ) {
    const first = (start + done) % MOST;
    const size = Math.min(MOST - first, count - done);
    const batch = await source.read(Math.floor((start + done) / MOST));
    data.set(batch.subarray(first * length, (first + size) * length), done * length);
    done += size;
  }
  return { shape: [count, ...source.shape], data };
}

/**
 * Runs a function with the same weights on every batch of a source, the next batch being read meanwhile.
 * @param receive is given the outputs of each range, in order; they are disposed of afterwards
 */
export async function runBatches(
  engine: Engine,
  compiled: Compiled,
  weights: Weights,
  source: ActivationSource,
  ranges: readonly BatchRange[],
  receive: (outputs: ValueMap, range: BatchRange) => Promise<void>,
): Promise<void> {
  if (ranges.length === 0) return;
  const values = uploadWeights(engine, weights);
  let following = source.read(0);
  try {
    for (const [index, range] of ranges.entries()) {
      const data = await following;
      if (index + 1 < ranges.length) following = source.read(index + 1);
      // Where a run fails, nobody awaits the batch behind it.
      following.catch(() => {});
      const input = engine.upload(data, [range.size, ...source.shape]);
      const outputs = await compiled.run({ ...values, [ACTIVATIONS]: input });
      try {
        await receive(outputs, range);
      } finally {
        disposeValues({ input, ...outputs });
      }
    }
  } finally {
    disposeValues(values);
  }
}
