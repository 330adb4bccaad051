import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../../engine.ts';
import { EngineError } from '../../engine-error.ts';
import { createEagerEngine } from '../eager-engine.ts';
import { registerBatchNormKernels } from './batch-norm.ts';
import { registerConvolutionKernels } from './convolution.ts';
import { registerTransposeKernel } from './filter-transpose.ts';
import { NATIVE_BACKEND, type NativeBackend } from './native-backend.ts';
import { loadNativeLibrary, type NativeLibraryOptions } from './native-library.ts';
import { registerReluGradientKernel } from './relu-gradient.ts';

/**
 * The engine on TensorFlow's native library, by @tensorflow/tfjs-node-gpu or else @tensorflow/tfjs-node.
 *
 * Throws EngineError ENGINE_UNAVAILABLE, with the reason in one line, where neither loads.
 */
export async function createTensorflowEngine(options?: NativeLibraryOptions): Promise<Engine> {
  const library = await loadNativeLibrary(options);
  if (!library.loaded) throw new EngineError('ENGINE_UNAVAILABLE', library.reason);
  const backend = tf.findBackend(NATIVE_BACKEND) as unknown as NativeBackend;
  registerOnce(backend);
  const device = backend.isUsingGpuDevice ? 'GPU' : 'CPU';
  return createEagerEngine({
    name: 'tensorflow',
    description: `TensorFlow ${backend.binding.TF_Version} by ${library.packageName} ${library.version}, ${device}`,
    backendName: NATIVE_BACKEND,
  });
}

const registered = new WeakSet<NativeBackend>();

/** The project's own kernels, which every engine on that backend shares. */
function registerOnce(backend: NativeBackend): void {
  if (registered.has(backend)) return;
  registered.add(backend);
  registerConvolutionKernels();
  registerBatchNormKernels();
  registerReluGradientKernel();
  registerTransposeKernel(backend);
}
