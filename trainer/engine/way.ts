import type { Engine } from './engine.ts';
import type { Provider } from './onnx/provider-name.ts';

/** A way to train: an engine, with what onnxruntime computes with where it is that. */
export type TrainingWay =
  | { readonly engine: 'tensorflow' }
  | { readonly engine: 'onnx'; readonly provider: Provider };

/** A way to compute, the reference for tests included. */
export type Way = TrainingWay | { readonly engine: 'cpu' };

/** As "tensorflow" or "onnx on webgpu". */
export function wayName(way: Way): string {
  return way.engine === 'onnx' ? `onnx on ${way.provider}` : way.engine;
}

/**
 * Makes the engine. Only what that way needs is loaded.
 * @throws Error with the reason where it is not available here
 */
export async function createEngine(way: Way): Promise<Engine> {
  switch (way.engine) {
    case 'tensorflow':
      return (await import('./eager/tensorflow/tensorflow-engine.ts')).createTensorflowEngine();
    case 'onnx':
      return createOnnx(way.provider);
    case 'cpu':
      return (await import('./eager/cpu-engine.ts')).createCpuEngine();
  }
}

async function createOnnx(provider: Provider): Promise<Engine> {
  const { providerRefusal } = await import('./onnx/provider-refusal.ts');
  const refusal = await providerRefusal(provider);
  if (refusal !== null) throw new Error(refusal);
  return (await import('./onnx/onnx-engine.ts')).createOnnxEngine(provider);
}
