import type { DataType, TensorInfo } from '@tensorflow/tfjs';
import type { ElementType } from '../../../../exporter/graph/graph.ts';
import type { GraphBuilder } from '../../../../exporter/graph/graph-builder.ts';
import { elementwise } from '../elementwise.ts';
import { cast } from '../materialise.ts';
import { tracedValue } from '../traced-value.ts';
import { defineKernel } from './kernel.ts';

type EmitUnary = (builder: GraphBuilder, x: string) => string;

/** An op of one operand: folded where it is constant, else what `emit` adds. */
function defineUnary(kernel: string, fold: (x: number) => number, emit: EmitUnary): void {
  defineKernel(kernel, ({ inputs, backend }) => {
    const value = backend.traced(inputs.x!);
    if (value.splat !== undefined) {
      const splat = Math.fround(fold(value.splat));
      return backend.tensorOf(tracedValue(value.shape, value.dtype, { splat }));
    }
    return elementwise(backend, [value], value.dtype, ([x]) => emit(backend.builder, x!));
  });
}

const op =
  (opType: string): EmitUnary =>
  (builder, x) =>
    builder.node(opType, [x]);

function defineComparison(kernel: string, opType: string, negated = false): void {
  defineKernel(kernel, ({ inputs, backend }) => {
    const values = [inputs.a!, inputs.b!].map((tensor) => backend.traced(tensor));
    return elementwise(backend, values, 'bool', (operands) => {
      const result = backend.builder.node(opType, operands);
      return negated ? backend.builder.node('Not', [result]) : result;
    });
  });
}

export function registerPointwiseKernels(): void {
  defineUnary('Neg', (x) => -x, op('Neg'));
  defineUnary('Abs', Math.abs, op('Abs'));
  defineUnary('Sign', Math.sign, op('Sign'));
  defineUnary('Exp', Math.exp, op('Exp'));
  defineUnary('Log', Math.log, op('Log'));
  defineUnary('Sqrt', Math.sqrt, op('Sqrt'));
  defineUnary('Reciprocal', (x) => 1 / x, op('Reciprocal'));
  defineUnary('Relu', (x) => Math.max(x, 0), op('Relu'));
  defineUnary('Sigmoid', (x) => 1 / (1 + Math.exp(-x)), op('Sigmoid'));
  defineUnary('Tanh', Math.tanh, op('Tanh'));
  defineUnary(
    'Square',
    (x) => x * x,
    (builder, x) => builder.node('Mul', [x, x]),
  );
  defineUnary(
    'Rsqrt',
    (x) => 1 / Math.sqrt(x),
    (builder, x) => builder.node('Reciprocal', [builder.node('Sqrt', [x])]),
  );
  defineComparison('Equal', 'Equal');
  defineComparison('NotEqual', 'Equal', true);
  defineComparison('Greater', 'Greater');
  defineComparison('GreaterEqual', 'GreaterOrEqual');
  defineComparison('Less', 'Less');
  defineComparison('LessEqual', 'LessOrEqual');
  defineComparison('LogicalAnd', 'And');
  defineComparison('LogicalOr', 'Or');
  defineKernel('LogicalNot', ({ inputs, backend }) =>
    elementwise(backend, [backend.traced(inputs.x!)], 'bool', (operands) =>
      backend.builder.node('Not', operands),
    ),
  );
  defineKernel('Step', ({ inputs, attributes, backend }) => {
    const { builder } = backend;
    const slope = (attributes.alpha as number | undefined) ?? 0;
    return elementwise(backend, [backend.traced(inputs.x!)], 'float32', ([x]) => {
      const positive = builder.node('Greater', [x!, builder.scalar(0)]);
      // A product with the cast is several times faster than onnxruntime's Where.
      if (slope === 0) return cast(builder, positive, 'float32');
      return builder.node('Where', [positive, builder.scalar(1), builder.scalar(slope)]);
    });
  });
  defineKernel('Select', ({ inputs, backend }) => {
    const operands = [inputs.condition!, inputs.t!, inputs.e!];
    return elementwise(
      backend,
      operands.map((tensor) => backend.traced(tensor)),
      inputs.t!.dtype,
      (names) => backend.builder.node('Where', names),
    );
  });
  defineKernel('Cast', ({ inputs, attributes, backend }) => {
    const x = inputs.x as TensorInfo;
    const dtype = attributes.dtype as DataType;
    if (x.dtype === dtype) return backend.sharedTensor(x);
    return elementwise(backend, [backend.traced(x)], dtype, ([name]) =>
      cast(backend.builder, name!, dtype as ElementType),
    );
  });
}
