import { createOnnxEngine } from '../../../../trainer/engine/onnx/onnx-engine.ts';
import type { Provider } from '../../../../trainer/engine/onnx/provider-name.ts';
import { PARTS } from './compute-golden.ts';
import { type Deviation, deviation } from './deviation.ts';

/** Run as a child process with a provider's name: sends how far it is from the golden vectors, part by part. */
const engine = createOnnxEngine(process.argv[2] as Provider);
const found: Record<string, Deviation> = {};
for (const part of Object.keys(PARTS)) found[part] = await deviation(engine, part);
process.send?.(found, () => process.exit());
