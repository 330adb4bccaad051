import type { DataType, TypedArray } from '@tensorflow/tfjs';
import type { Layout } from './layout.ts';

/**
 * What the tracing backend knows of a tensor instead of its elements. Exactly one of these holds:
 * `names` has an entry (the graph computes it), `constant` (its elements are known), `splat` (all its
 * elements are this number), or `broadcastOf` (it repeats a smaller value).
 */
export interface TracedValue {
  readonly shape: readonly number[];
  readonly dtype: DataType;
  /** The graph's names of this value in each layout in which it exists already. */
  readonly names: Map<Layout, string>;
  readonly constant?: { readonly elements: TypedArray; readonly layout: Layout; name?: string };
  readonly splat?: number;
  readonly broadcastOf?: TracedValue;
}

export type ValueOptions = Partial<Pick<TracedValue, 'constant' | 'splat' | 'broadcastOf'>>;

export function tracedValue(
  shape: readonly number[],
  dtype: DataType,
  options: ValueOptions = {},
): TracedValue {
  return { shape, dtype, names: new Map(), ...options };
}

/** A value that the graph computes under `name`, lying in `layout`. */
export function namedValue(
  shape: readonly number[],
  layout: Layout,
  name: string,
  dtype: DataType = 'float32',
): TracedValue {
  return { shape, dtype, names: new Map([[layout, name]]) };
}
