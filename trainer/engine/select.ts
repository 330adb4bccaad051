import type { Engine } from './engine.ts';
import { EngineError } from './engine-error.ts';

export const ENGINE_CHOICES = ['auto', 'onnx', 'tensorflow', 'cpu'] as const;

export type EngineChoice = (typeof ENGINE_CHOICES)[number];

export interface SelectedEngine {
  readonly engine: Engine;
  /** Lines for people: which engine computes, and why not a preferred one. */
  readonly notes: string[];
}

/** The step that would make an engine available. */
export const REMEDY: Record<Engine['name'], string> = {
  tensorflow: 'Run `npx patchwork engine install`, or choose the onnx engine.',
  onnx: 'Run `npm ci` again to restore onnxruntime-node.',
  cpu: 'Run `npm ci` again to restore @tensorflow/tfjs.',
};

/**
 * Makes the engine of that name; `auto` takes `tensorflow` where its native library loads, else `onnx`.
 * Only engines that are tried are loaded.
 *
 * Throws EngineError ENGINE_UNAVAILABLE, with the step that would help, when none of them loads.
 */
export async function selectEngine(choice: EngineChoice = 'auto'): Promise<SelectedEngine> {
  if (choice !== 'auto') {
    const engine = await create(choice).catch((error) => {
      throw unavailable(`The ${choice} engine is not available`, choice, error);
    });
    return { engine, notes: [computing(engine)] };
  }
  let refusal: string;
  try {
    const engine = await create('tensorflow');
    return { engine, notes: [computing(engine)] };
  } catch (error) {
    refusal = messageOf(error);
  }
  const engine = await create('onnx').catch((error) => {
    throw unavailable(
      `No engine is available: not tensorflow (${refusal}), not onnx`,
      'onnx',
      error,
    );
  });
  return { engine, notes: [`${computing(engine)} Not on tensorflow: ${refusal}.`] };
}

async function create(name: Engine['name']): Promise<Engine> {
  switch (name) {
    case 'tensorflow':
      return (await import('./eager/tensorflow/tensorflow-engine.ts')).createTensorflowEngine();
    case 'onnx':
      return (await import('./onnx/onnx-engine.ts')).createOnnxEngine();
    case 'cpu':
      return (await import('./eager/cpu-engine.ts')).createCpuEngine();
  }
}

function computing({ name, description }: Engine): string {
  return `Computing on ${name}: ${description}.`;
}

function unavailable(what: string, name: Engine['name'], cause: unknown): EngineError {
  const message = `${what}: ${messageOf(cause)}. ${REMEDY[name]}`;
  return new EngineError('ENGINE_UNAVAILABLE', message, { cause });
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0]!.trim().replace(/\.$/, '');
}
