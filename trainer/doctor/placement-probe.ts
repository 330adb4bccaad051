import { env } from 'onnxruntime-node';
import { benchmark } from '../benchmark/training-benchmark.ts';
import { createOnnxEngine } from '../engine/onnx/onnx-engine.ts';
import type { Provider } from '../engine/onnx/provider-name.ts';

/** Run as a child process with a provider's name: opens a training step there, onnxruntime telling all. */
env.logLevel = 'verbose';
const engine = createOnnxEngine(process.argv[2] as Provider, 0);
await benchmark(engine, 'train', 4, 2, 1);
process.exit();
