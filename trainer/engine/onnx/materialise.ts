import type { TypedArray } from '@tensorflow/tfjs';
import { DATA_TYPE, type ElementType } from '../../../exporter/graph/graph.ts';
import type { GraphBuilder } from '../../../exporter/graph/graph-builder.ts';
import { isVector, type Layout, logicalLayout, physicalShape, transposition } from './layout.ts';
import type { TracedValue } from './traced-value.ts';

/** The graph's name of `value` lying in `layout`; adds what is needed to bring it there, once. */
export function materialise(
  builder: GraphBuilder,
  value: TracedValue,
  layout: Layout = logicalLayout(value.shape.length),
): string {
  const known = value.names.get(layout);
  if (known !== undefined) return known;
  const name = bring(builder, value, layout);
  value.names.set(layout, name);
  return name;
}

/**
 * The graph's name of `value` as an operand of an elementwise op of rank `rank` in `layout`, not
 * expanded: ONNX broadcasts it.
 */
export function broadcastOperand(
  builder: GraphBuilder,
  value: TracedValue,
  rank: number,
  layout: Layout,
): string {
  if (value.broadcastOf) return broadcastOperand(builder, value.broadcastOf, rank, layout);
  if (value.dtype === 'float32') {
    if (value.splat !== undefined) return builder.scalar(value.splat);
    if (value.constant?.elements.length === 1) return builder.scalar(value.constant.elements[0]!);
  }
  if (value.shape.length === rank) return materialise(builder, value, layout);
  const name = materialise(builder, value);
  if (layout === logicalLayout(rank) || value.shape.every((length) => length === 1)) return name;
  const shape = [...Array(rank - value.shape.length).fill(1), ...value.shape];
  if (isVector(shape)) {
    return builder.node('Reshape', [name, builder.int64(physicalShape(shape, layout))]);
  }
  const aligned = builder.node('Reshape', [name, builder.int64(shape)]);
  return builder.node('Transpose', [aligned], {
    perm: transposition(logicalLayout(rank), layout),
  });
}

function bring(builder: GraphBuilder, value: TracedValue, layout: Layout): string {
  const target = physicalShape(value.shape, layout);
  if (value.splat !== undefined) {
    if (target.length === 0) return builder.scalar(value.splat);
    return builder.node('Expand', [builder.filled(value.splat, 1), builder.int64(target)]);
  }
  if (value.broadcastOf) {
    const source = broadcastOperand(builder, value.broadcastOf, value.shape.length, layout);
    return builder.node('Expand', [source, builder.int64(target)]);
  }
  const [from, name] = source(builder, value);
  if (from === layout) return name;
  if (isVector(value.shape)) return builder.node('Reshape', [name, builder.int64(target)]);
  return builder.node('Transpose', [name], { perm: transposition(from, layout) });
}

/** A layout in which the value exists, with its name there. */
function source(builder: GraphBuilder, value: TracedValue): [Layout, string] {
  const [first] = value.names;
  if (first) return first;
  const { elements, layout, name } = value.constant!;
  const shape = physicalShape(value.shape, layout);
  const added = addInitializer(builder, elements, shape, value.dtype as ElementType, name);
  value.names.set(layout, added);
  return [layout, added];
}

function addInitializer(
  builder: GraphBuilder,
  elements: TypedArray,
  shape: number[],
  dtype: ElementType,
  name?: string,
): string {
  if (dtype === 'int32') return builder.typedInitializer('int32', Int32Array.from(elements), shape);
  if (dtype === 'bool') return builder.typedInitializer('bool', Uint8Array.from(elements), shape);
  return builder.initializer(Float32Array.from(elements), shape, name);
}

/** A Cast to an element type. */
export function cast(builder: GraphBuilder, name: string, to: ElementType): string {
  return builder.node('Cast', [name], { to: DATA_TYPE[to] });
}
