import { type DataType, type TensorInfo, util } from '@tensorflow/tfjs';
import { elementCount } from '../../shape.ts';
import { logicalLayout } from '../layout.ts';
import { tracedValue } from '../traced-value.ts';
import type { TracingBackend } from '../tracing-backend.ts';
import { defineKernel } from './kernel.ts';

function filled(
  backend: TracingBackend,
  shape: readonly number[],
  value: number,
  dtype: DataType,
): TensorInfo {
  if (dtype === 'float32') {
    return backend.tensorOf(tracedValue(shape, dtype, { splat: Math.fround(value) }));
  }
  const elements = util.getTypedArrayFromDType(dtype as 'int32', elementCount(shape)).fill(value);
  const layout = logicalLayout(shape.length);
  return backend.tensorOf(tracedValue(shape, dtype, { constant: { elements, layout } }));
}

/** Tensors with one value throughout, which stay symbolic until an op needs their elements. */
export function registerFillKernels(): void {
  defineKernel('ZerosLike', ({ inputs, backend }) =>
    filled(backend, inputs.x!.shape, 0, inputs.x!.dtype),
  );
  defineKernel('OnesLike', ({ inputs, backend }) =>
    filled(backend, inputs.x!.shape, 1, inputs.x!.dtype),
  );
  defineKernel('Fill', ({ attributes, backend }) =>
    filled(
      backend,
      attributes.shape as number[],
      attributes.value as number,
      (attributes.dtype as DataType | undefined) ?? 'float32',
    ),
  );
}
