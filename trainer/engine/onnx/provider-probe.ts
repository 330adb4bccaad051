import * as tf from '@tensorflow/tfjs';
import { createOnnxEngine } from './onnx-engine.ts';
import type { Provider } from './provider-name.ts';

/** Run as a child process with a provider's name; sends why the provider cannot be used, or null. */
const provider = process.argv[2] as Provider;
let refusal: string | null;
try {
  const engine = createOnnxEngine(provider);
  const square = engine.compile(({ x }) => ({ y: tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D) }));
  const { y } = await square.run({ x: engine.upload(Float32Array.of(3, 0, 0, 3), [2, 2]) });
  const [nine] = await y!.read();
  refusal = nine === 9 ? null : `computes 3 x 3 = ${nine}`;
} catch (error) {
  refusal = error instanceof Error ? error.message : String(error);
}
process.send?.(refusal, () => process.exit());
