import { slice_util, type TensorInfo, util } from '@tensorflow/tfjs';
import { elementCount } from '../../shape.ts';
import { axesOf, isVector, type Layout, logicalLayout, relabelled, sameShape } from '../layout.ts';
import { materialise } from '../materialise.ts';
import { namedValue, type TracedValue, tracedValue } from '../traced-value.ts';
import type { TracingBackend } from '../tracing-backend.ts';
import { broadcastTo } from './arithmetic.ts';
import { defineKernel } from './kernel.ts';

/** A result in logical order, computed by `node` from the logical inputs. */
function logicalResult(
  backend: TracingBackend,
  shape: readonly number[],
  dtype: TracedValue['dtype'],
  name: string,
): TensorInfo {
  return backend.tensorOf(namedValue(shape, logicalLayout(shape.length), name, dtype));
}

/** Reshape: by name where the elements lie in logical order, or where order does not matter. */
export function reshape(
  tensor: TensorInfo,
  shape: readonly number[],
  backend: TracingBackend,
): TensorInfo {
  if (sameShape(tensor.shape, shape)) return backend.sharedTensor(tensor);
  const value = backend.traced(tensor);
  if (value.splat !== undefined) {
    return backend.tensorOf(tracedValue(shape, value.dtype, { splat: value.splat }));
  }
  const { constant, broadcastOf } = value;
  if (constant && constant.layout === logicalLayout(value.shape.length)) {
    const elements = constant.elements;
    return backend.tensorOf(
      tracedValue(shape, value.dtype, {
        constant: { elements, layout: logicalLayout(shape.length) },
      }),
    );
  }
  if (broadcastOf && elementCount(broadcastOf.shape) === 1) {
    const scalar = reshape(backend.tensorOf(broadcastOf), [], backend);
    return broadcastTo(scalar, shape, backend);
  }
  const { builder } = backend;
  const anyOrder = isVector(value.shape) ? value.names.values().next().value : undefined;
  const source = anyOrder ?? materialise(builder, value);
  const name = builder.node('Reshape', [source, builder.int64(shape)]);
  return logicalResult(backend, shape, value.dtype, name);
}

/** Transpose: no node, the memory stays and only its layout is named anew. */
function transpose(
  tensor: TensorInfo,
  permutation: readonly number[],
  backend: TracingBackend,
): TensorInfo {
  const value = backend.traced(tensor);
  const shape = permutation.map((axis) => value.shape[axis]!);
  const { splat, constant, broadcastOf } = value;
  if (splat !== undefined) return backend.tensorOf(tracedValue(shape, value.dtype, { splat }));
  if (broadcastOf) materialise(backend.builder, value);
  const names = new Map(
    [...value.names].map(([layout, name]) => [relabelled(layout, permutation), name]),
  );
  const moved = { shape, dtype: value.dtype, names };
  if (!constant) return backend.tensorOf(moved);
  const layout = relabelled(constant.layout, permutation);
  return backend.tensorOf({ ...moved, constant: { ...constant, layout } });
}

export function registerShapeKernels(): void {
  defineKernel('Identity', ({ inputs, backend }) => backend.sharedTensor(inputs.x!));
  defineKernel('Reshape', ({ inputs, attributes, backend }) => {
    const x = inputs.x!;
    const shape = attributes.shape as number[];
    return reshape(x, util.inferFromImplicitShape(shape, elementCount(x.shape)), backend);
  });
  defineKernel('ExpandDims', ({ inputs, attributes, backend }) => {
    const { input } = inputs as { input: TensorInfo };
    const axis = attributes.dim as number;
    const shape = input.shape.toSpliced(axis < 0 ? axis + input.shape.length + 1 : axis, 0, 1);
    return reshape(input, shape, backend);
  });
  defineKernel('Transpose', ({ inputs, attributes, backend }) =>
    transpose(inputs.x!, attributes.perm as number[], backend),
  );
  defineKernel('BroadcastTo', ({ inputs, attributes, backend }) =>
    broadcastTo(inputs.x!, attributes.shape as number[], backend),
  );
  defineKernel('Tile', ({ inputs, attributes, backend }) => {
    const x = inputs.x!;
    const repeats = attributes.reps as number[];
    const shape = x.shape.map((length, axis) => length * repeats[axis]!);
    if (repeats.every((count, axis) => count === 1 || x.shape[axis] === 1)) {
      return broadcastTo(x, shape, backend);
    }
    const { builder } = backend;
    const source = materialise(builder, backend.traced(x));
    const name = builder.node('Tile', [source, builder.int64(repeats)]);
    return logicalResult(backend, shape, x.dtype, name);
  });
  defineKernel('Slice', ({ inputs, attributes, backend }) => {
    const x = inputs.x!;
    const [begin, size] = slice_util.parseSliceParams(
      x as never,
      attributes.begin as number[],
      attributes.size as number[],
    ) as [number[], number[]];
    const { builder } = backend;
    const end = begin.map((start, axis) => start + size[axis]!);
    const source = materialise(builder, backend.traced(x));
    const name = builder.node('Slice', [source, builder.int64(begin), builder.int64(end)]);
    return logicalResult(backend, size, x.dtype, name);
  });
  defineKernel('Concat', ({ inputs, attributes, backend }) => {
    const parts = Object.values(inputs);
    const first = parts[0]!;
    const axis = util.parseAxisParam(attributes.axis as number, first.shape)[0]!;
    const length = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
    const names = parts.map((part) => materialise(backend.builder, backend.traced(part)));
    const name = backend.builder.node('Concat', names, { axis });
    return logicalResult(backend, first.shape.with(axis, length), first.dtype, name);
  });
  defineKernel('PadV2', ({ inputs, attributes, backend }) => {
    const x = inputs.x!;
    const paddings = attributes.paddings as [number, number][];
    const { builder } = backend;
    const value = backend.traced(x);
    const shape = x.shape.map((length, axis) => length + paddings[axis]![0] + paddings[axis]![1]);
    const layout: Layout = value.names.keys().next().value ?? logicalLayout(x.shape.length);
    const sides = [0, 1].flatMap((side) => axesOf(layout).map((axis) => paddings[axis]![side]!));
    const fill = builder.scalar((attributes.constantValue as number | undefined) ?? 0);
    const operands = [materialise(builder, value, layout), builder.int64(sides), fill];
    const name = builder.node('Pad', operands);
    return backend.tensorOf(namedValue(shape, layout, name, x.dtype));
  });
  defineKernel('GatherV2', ({ inputs, attributes, backend }) => {
    const { x, indices } = inputs as { x: TensorInfo; indices: TensorInfo };
    const axis = util.parseAxisParam(attributes.axis as number, x.shape)[0]!;
    const operands = [x, indices].map((t) => materialise(backend.builder, backend.traced(t)));
    const shape = x.shape.toSpliced(axis, 1, ...indices.shape);
    return logicalResult(
      backend,
      shape,
      x.dtype,
      backend.builder.node('Gather', operands, { axis }),
    );
  });
}
