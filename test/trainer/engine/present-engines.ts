import { createCpuEngine } from '../../../trainer/engine/eager/cpu-engine.ts';
import { createTensorflowEngine } from '../../../trainer/engine/eager/tensorflow/tensorflow-engine.ts';
import type { Engine } from '../../../trainer/engine/engine.ts';
import { EngineError } from '../../../trainer/engine/engine-error.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';

/** An engine to test on, or why it is absent here. */
export interface EngineUnderTest {
  /** For the suite's title: `onnx engine (onnxruntime-node ...)`, or why it does not run. */
  readonly title: string;
  readonly engine: Engine | null;
}

async function tensorflow(): Promise<EngineUnderTest> {
  try {
    return present(await createTensorflowEngine());
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { title: `tensorflow engine NOT RUN: ${error.message}`, engine: null };
  }
}

function present(engine: Engine): EngineUnderTest {
  return { title: `${engine.name} engine (${engine.description})`, engine };
}

/** Every engine: cpu and onnx always, tensorflow where its native library loads. */
export const ENGINES: readonly EngineUnderTest[] = [
  present(createCpuEngine()),
  present(await createOnnxEngine()),
  await tensorflow(),
];
