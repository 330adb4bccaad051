import type { TensorInfo } from '@tensorflow/tfjs';
import { broadcastShape, elementwise } from '../elementwise.ts';
import { sameShape } from '../layout.ts';
import { type TracedValue, tracedValue } from '../traced-value.ts';
import type { TracingBackend } from '../tracing-backend.ts';
import { defineKernel, type KernelCall } from './kernel.ts';

type Simplify = (a: TensorInfo, b: TensorInfo, backend: TracingBackend) => TensorInfo | undefined;

/** A binary op: folded where both operands are constant, simplified by `simplify`, else one node. */
function defineArithmetic(
  kernel: string,
  opType: string,
  fold: (a: number, b: number) => number,
  simplify: Simplify = () => undefined,
): void {
  defineKernel(kernel, ({ inputs, backend }) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const [left, right] = [backend.traced(a), backend.traced(b)];
    if (left.splat !== undefined && right.splat !== undefined) {
      return splat(backend, [left, right], Math.fround(fold(left.splat, right.splat)));
    }
    const simpler = simplify(a, b, backend);
    if (simpler) return simpler;
    return elementwise(backend, [left, right], a.dtype, (operands) =>
      backend.builder.node(opType, operands),
    );
  });
}

function splat(
  backend: TracingBackend,
  values: readonly TracedValue[],
  number: number,
): TensorInfo {
  const shape = broadcastShape(values.map((value) => value.shape));
  return backend.tensorOf(tracedValue(shape, 'float32', { splat: number }));
}

/** `tensor` repeated to the shape it has when combined with `other`. */
function expandedLike(tensor: TensorInfo, other: TensorInfo, backend: TracingBackend): TensorInfo {
  return broadcastTo(tensor, broadcastShape([tensor.shape, other.shape]), backend);
}

/** `tensor` repeated to `shape`, without a node: consumers broadcast it themselves. */
export function broadcastTo(
  tensor: TensorInfo,
  shape: readonly number[],
  backend: TracingBackend,
): TensorInfo {
  if (sameShape(tensor.shape, shape)) return backend.sharedTensor(tensor);
  const value = backend.traced(tensor);
  if (value.splat !== undefined)
    return splat(backend, [tracedValue(shape, 'float32')], value.splat);
  const broadcastOf = value.broadcastOf ?? value;
  return backend.tensorOf(tracedValue(shape, value.dtype, { broadcastOf }));
}

const isSplat = (backend: TracingBackend, tensor: TensorInfo, number: number) =>
  backend.traced(tensor).splat === number;

export function add({ inputs, backend }: KernelCall): TensorInfo {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  const [left, right] = [backend.traced(a), backend.traced(b)];
  if (left.splat !== undefined && right.splat !== undefined) {
    return splat(backend, [left, right], Math.fround(left.splat + right.splat));
  }
  if (right.splat === 0) return expandedLike(a, b, backend);
  if (left.splat === 0) return expandedLike(b, a, backend);
  return elementwise(backend, [left, right], a.dtype, (operands) =>
    backend.builder.node('Add', operands),
  );
}

export function registerArithmeticKernels(): void {
  defineKernel('Add', add);
  defineKernel('AddN', ({ inputs, backend }) => {
    const [first, ...rest] = Object.values(inputs) as [TensorInfo, ...TensorInfo[]];
    const start = backend.sharedTensor(first);
    return rest.reduce(
      (sum, tensor) => add({ inputs: { a: sum, b: tensor }, attributes: {}, backend }),
      start,
    );
  });
  defineArithmetic(
    'Sub',
    'Sub',
    (a, b) => a - b,
    (a, b, backend) => (isSplat(backend, b, 0) ? expandedLike(a, b, backend) : undefined),
  );
  defineArithmetic(
    'Multiply',
    'Mul',
    (a, b) => a * b,
    (a, b, backend) => {
      if (isSplat(backend, b, 1)) return expandedLike(a, b, backend);
      if (isSplat(backend, a, 1)) return expandedLike(b, a, backend);
      if (isSplat(backend, a, 0) || isSplat(backend, b, 0)) {
        return splat(backend, [backend.traced(a), backend.traced(b)], 0);
      }
      return undefined;
    },
  );
  defineArithmetic(
    'RealDiv',
    'Div',
    (a, b) => a / b,
    (a, b, backend) => (isSplat(backend, b, 1) ? expandedLike(a, b, backend) : undefined),
  );
  defineArithmetic('Maximum', 'Max', Math.max);
  defineArithmetic('Minimum', 'Min', Math.min);
  defineArithmetic('Pow', 'Pow', (a, b) => a ** b);
  defineKernel('SquaredDifference', ({ inputs, backend }) => {
    const values = [inputs.a!, inputs.b!].map((tensor) => backend.traced(tensor));
    return elementwise(backend, values, inputs.a!.dtype, (operands) => {
      const difference = backend.builder.node('Sub', operands);
      return backend.builder.node('Mul', [difference, difference]);
    });
  });
}
