import { type TensorInfo, util } from '@tensorflow/tfjs';
import { elementCount } from '../../shape.ts';
import { axesOf, CHWN, CNHW, HWCN, type Layout, logicalLayout, NCHW } from '../layout.ts';
import { materialise } from '../materialise.ts';
import { namedValue, type TracedValue, tracedValue } from '../traced-value.ts';
import type { TracingBackend } from '../tracing-backend.ts';
import { defineKernel } from './kernel.ts';
import { reshape } from './shape.ts';

type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin';

function reduce(
  opType: Reduction,
  x: TensorInfo,
  axes: readonly number[],
  keepDims: boolean,
  backend: TracingBackend,
): TensorInfo {
  const value = backend.traced(x);
  const kept = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const shape = keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  const reduced = elementCount(axes.map((axis) => x.shape[axis]!));
  if (reduced === 1) return reshape(x, shape, backend);
  if (value.splat !== undefined) {
    const splat = Math.fround(opType === 'ReduceSum' ? value.splat * reduced : value.splat);
    return backend.tensorOf(tracedValue(shape, x.dtype, { splat }));
  }
  const layout = reductionLayout(value, kept);
  const physicalAxes = axes.map((axis) => axesOf(layout).indexOf(axis)).sort((a, b) => a - b);
  const source = materialise(backend.builder, value, layout);
  const { builder } = backend;
  // Opset 17: ReduceSum takes its axes as an input since 13, the others as an attribute until 18.
  const name =
    opType === 'ReduceSum'
      ? builder.node(opType, [source, builder.int64(physicalAxes)], { keepdims: keepDims ? 1 : 0 })
      : builder.node(opType, [source], { axes: physicalAxes, keepdims: keepDims ? 1 : 0 });
  const resultLayout = keepDims ? layout : layoutWithout(layout, axes);
  return backend.tensorOf(namedValue(shape, resultLayout, name, x.dtype));
}

/** A layout the value exists in, if possible one whose axes that stay keep their logical order. */
function reductionLayout(value: TracedValue, kept: readonly number[]): Layout {
  const ordered = (layout: Layout) => {
    const rest = axesOf(layout).filter((axis) => kept[axis] !== 1);
    return rest.every((axis, index) => index === 0 || rest[index - 1]! < axis);
  };
  const logical = logicalLayout(value.shape.length);
  const usable = [NCHW, CHWN, CNHW, HWCN, logical, ...value.names.keys()].filter((layout) =>
    value.names.has(layout),
  );
  return usable.find(ordered) ?? usable[0] ?? logical;
}

/** The layout of what is left of `layout` without some of its logical axes. */
function layoutWithout(layout: Layout, axes: readonly number[]): Layout {
  const left = axesOf(layout).filter((axis) => !axes.includes(axis));
  return left.map((axis) => left.filter((other) => other < axis).length).join('');
}

function defineReduction(kernel: string, opType: Reduction): void {
  defineKernel(kernel, ({ inputs, attributes, backend }) => {
    const x = inputs.x!;
    const axis = (attributes.reductionIndices ?? attributes.axis) as number | number[];
    const axes = util.parseAxisParam(axis, x.shape);
    return reduce(opType, x, axes, Boolean(attributes.keepDims), backend);
  });
}

export function registerReductionKernels(): void {
  defineReduction('Sum', 'ReduceSum');
  defineReduction('Mean', 'ReduceMean');
  defineReduction('Max', 'ReduceMax');
  defineReduction('Min', 'ReduceMin');
}
