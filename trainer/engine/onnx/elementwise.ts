import { backend_util, type DataType, type TensorInfo } from '@tensorflow/tfjs';
import { elementCount } from '../shape.ts';
import { type Layout, logicalLayout, NCHW, OIHW, sameShape } from './layout.ts';
import { broadcastOperand } from './materialise.ts';
import { namedValue, type TracedValue, tracedValue } from './traced-value.ts';
import type { TracingBackend } from './tracing-backend.ts';

/** Adds the nodes of an elementwise op to the graph, given its operands' names. */
export type Emit = (operands: readonly string[]) => string;

/**
 * An elementwise op with broadcasting. It runs in the layout its largest operands lie in, and on the
 * small operands alone where the result only repeats them.
 */
export function elementwise(
  backend: TracingBackend,
  values: readonly TracedValue[],
  dtype: DataType,
  emit: Emit,
): TensorInfo {
  const shape = broadcastShape(values.map((value) => value.shape));
  const distinct = broadcastShape(values.map(distinctShape));
  if (elementCount(distinct) === elementCount(shape)) {
    return backend.tensorOf(compute(backend, values, shape, dtype, emit));
  }
  const small = compute(backend, values, distinct, dtype, emit);
  return backend.tensorOf(tracedValue(shape, dtype, { broadcastOf: small }));
}

export function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  return shapes.reduce<number[]>((a, b) => backend_util.assertAndGetBroadcastShape(a, [...b]), []);
}

/** The smallest shape that holds every distinct element of a value. */
function distinctShape(value: TracedValue): readonly number[] {
  if (value.broadcastOf) return value.broadcastOf.shape;
  return value.splat !== undefined ? [] : value.shape;
}

function compute(
  backend: TracingBackend,
  values: readonly TracedValue[],
  shape: number[],
  dtype: DataType,
  emit: Emit,
): TracedValue {
  const layout = commonLayout(values, shape);
  const operands = values.map((value) =>
    broadcastOperand(backend.builder, value, shape.length, layout),
  );
  return namedValue(shape, layout, emit(operands), dtype);
}

/** The layout that needs the fewest transposes: most of the full-size operands exist in it. */
function commonLayout(values: readonly TracedValue[], shape: readonly number[]): Layout {
  const logical = logicalLayout(shape.length);
  const votes = new Map<Layout, number>();
  for (const value of values) {
    if (!sameShape(value.shape, shape)) continue;
    for (const layout of value.names.keys()) {
      const preference = layout === logical ? -0.5 : layout === NCHW || layout === OIHW ? 0.1 : 0;
      votes.set(layout, (votes.get(layout) ?? 0) + 1 + preference);
    }
  }
  let [best, most] = [logical, Number.NEGATIVE_INFINITY];
  for (const [layout, count] of votes) if (count > most) [best, most] = [layout, count];
  return best;
}
