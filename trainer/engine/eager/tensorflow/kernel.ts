import * as tf from '@tensorflow/tfjs';
import { NATIVE_BACKEND, type NativeBackend } from './native-backend.ts';

/** What a kernel is run with. */
export interface KernelCall {
  readonly inputs: Record<string, tf.TensorInfo>;
  readonly attributes: Record<string, unknown>;
  readonly backend: NativeBackend;
}

/** Registers a kernel of the native backend, in place of the one that the package brings, if it does. */
export function defineNativeKernel(
  kernelName: string,
  run: (call: KernelCall) => tf.TensorInfo | tf.TensorInfo[],
): void {
  if (tf.getKernel(kernelName, NATIVE_BACKEND)) tf.unregisterKernel(kernelName, NATIVE_BACKEND);
  tf.registerKernel({
    kernelName,
    backendName: NATIVE_BACKEND,
    kernelFunc: ({ inputs, attrs, backend }) =>
      run({
        inputs: inputs as Record<string, tf.TensorInfo>,
        attributes: attrs as Record<string, unknown>,
        backend: backend as unknown as NativeBackend,
      }),
  });
}
