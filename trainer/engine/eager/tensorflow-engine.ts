import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../engine.ts';
import { EngineError } from '../engine-error.ts';
import { createEagerEngine } from './eager-engine.ts';
import { loadNativeLibrary, type NativeLibraryOptions } from './native-library.ts';

const BACKEND_NAME = 'tensorflow';

/** What the native package's backend says of itself. */
interface NativeBackend {
  readonly binding: { readonly TF_Version: string };
  readonly isUsingGpuDevice: boolean;
}

/**
 * The engine on TensorFlow's native library, by @tensorflow/tfjs-node-gpu or else @tensorflow/tfjs-node.
 *
 * Throws EngineError ENGINE_UNAVAILABLE, with the reason in one line, where neither loads.
 */
export async function createTensorflowEngine(options?: NativeLibraryOptions): Promise<Engine> {
  const library = await loadNativeLibrary(options);
  if (!library.loaded) throw new EngineError('ENGINE_UNAVAILABLE', library.reason);
  const backend = tf.findBackend(BACKEND_NAME) as unknown as NativeBackend;
  const device = backend.isUsingGpuDevice ? 'GPU' : 'CPU';
  return createEagerEngine({
    name: 'tensorflow',
    description: `TensorFlow ${backend.binding.TF_Version} by ${library.packageName} ${library.version}, ${device}`,
    backendName: BACKEND_NAME,
  });
}
