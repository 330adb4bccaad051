import {
  type NamedAttrMap,
  type NamedTensorInfoMap,
  registerKernel,
  type TensorInfo,
} from '@tensorflow/tfjs';
import { TRACING_BACKEND, type TracingBackend } from '../tracing-backend.ts';

/** What a tracing kernel is called with. */
export interface KernelCall {
  readonly inputs: Record<string, TensorInfo>;
  readonly attributes: Record<string, unknown>;
  readonly backend: TracingBackend;
}

/** Registers the kernel `name` of the tracing backend. */
export function defineKernel(
  name: string,
  kernel: (call: KernelCall) => TensorInfo | TensorInfo[],
): void {
  registerKernel({
    kernelName: name,
    backendName: TRACING_BACKEND,
    kernelFunc: ({ inputs, attrs, backend }) =>
      kernel({
        inputs: inputs as NamedTensorInfoMap as Record<string, TensorInfo>,
        attributes: (attrs ?? {}) as NamedAttrMap as Record<string, unknown>,
        backend: backend as TracingBackend,
      }),
  });
}
