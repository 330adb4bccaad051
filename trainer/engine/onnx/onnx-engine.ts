import os from 'node:os';
import { cast } from '@tensorflow/tfjs';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import type { Graph } from '../../../exporter/graph/graph.ts';
import { serialiseGraph } from '../../../exporter/graph/serialise-graph.ts';
import type { Compiled, Engine, TensorMap, Value, ValueMap } from '../engine.ts';
import { EngineError } from '../engine-error.ts';
import { registerSecondOrderGradients } from '../gradient/second-order.ts';
import { elementCount } from '../shape.ts';
import { BufferPool } from './buffer-pool.ts';
import { OnnxValue } from './onnx-value.ts';
import { trace } from './trace.ts';

/** Tells outputs from inputs: a training step has both under the same name, which a graph may not. */
const OUTPUT = 'out:';

interface Program {
  readonly session: InferenceSession;
  readonly outputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

/**
 * The engine for machines without a native TensorFlow: traces a function to one ONNX graph and runs it
 * with onnxruntime-node on the CPU, all cores.
 */
export function createOnnxEngine(): Engine {
  registerSecondOrderGradients();
  const pool = new BufferPool();
  const threads = os.availableParallelism();
  return {
    name: 'onnx',
    description: `onnxruntime-node ${env.versions.common}, CPU, ${threads} threads`,
    upload: (data, shape) => {
      if (data.length !== elementCount(shape)) throw misshapen(data.length, shape);
      return new OnnxValue(data, [...shape], null);
    },
    compile: (fn) => new TracedFunction(fn, pool, threads),
  };
}

class TracedFunction implements Compiled {
  #fn: (inputs: TensorMap) => TensorMap;
  #pool: BufferPool;
  #threads: number;
  #programs = new Map<string, Promise<Program>>();

  constructor(fn: (inputs: TensorMap) => TensorMap, pool: BufferPool, threads: number) {
    this.#fn = fn;
    this.#pool = pool;
    this.#threads = threads;
  }

  async run(inputs: ValueMap): Promise<ValueMap> {
    const { session, outputs } = await this.#program(inputs);
    const feeds: Record<string, Tensor> = {};
    for (const [name, value] of Object.entries(inputs)) {
      const tensor = tensorOf(ownValue(name, value));
      if (session.inputNames.includes(name)) feeds[name] = tensor;
    }
    const results = outputs.map(({ name, shape }) => {
      const value = new OnnxValue(this.#pool.take(elementCount(shape)), shape, this.#pool);
      return [name, value] as const;
    });
    const fetches = Object.fromEntries(
      results.map(([name, value]) => [OUTPUT + name, tensorOf(value)]),
    );
    try {
      await session.run(feeds, fetches);
    } catch (error) {
      for (const [, value] of results) value.dispose();
      throw error;
    }
    return Object.fromEntries(results);
  }

  async dispose(): Promise<void> {
    const programs = [...this.#programs.values()];
    this.#programs.clear();
    for (const program of programs) await (await program).session.release();
  }

  #program(inputs: ValueMap): Promise<Program> {
    const shapes = Object.entries(inputs).map(([name, { shape }]) => [name, { shape }] as const);
    const signature = shapes.map(([name, { shape }]) => `${name}[${shape}]`).join();
    let program = this.#programs.get(signature);
    if (!program) {
      program = this.#prepare(Object.fromEntries(shapes));
      this.#programs.set(signature, program);
      program.catch(() => this.#programs.delete(signature));
    }
    return program;
  }

  async #prepare(inputs: Record<string, { shape: readonly number[] }>): Promise<Program> {
    const graph = trace(
      (tensors) => {
        const outputs = Object.entries(this.#fn(tensors));
        return Object.fromEntries(
          outputs.map(([name, tensor]) => [OUTPUT + name, cast(tensor, 'float32')]),
        );
      },
      inputs,
      { fastConvolutions: true },
    );
    const used = withoutUnusedInputs(graph);
    const session = await InferenceSession.create(serialiseGraph(used), {
      intraOpNumThreads: this.#threads,
      logSeverityLevel: 3,
      // Planned memory keeps every activation of an unrolled edit alive at once.
      enableMemPattern: graph.nodes.length < 2000,
    });
    const outputs = graph.outputs.map(({ name, shape }) => ({
      name: name.slice(OUTPUT.length),
      shape: shape as number[],
    }));
    return { session, outputs };
  }
}

/** onnxruntime wants every declared input fed; a function may ignore some of its own. */
function withoutUnusedInputs(graph: Graph): Graph {
  const used = new Set(graph.nodes.flatMap((node) => node.inputs));
  return { ...graph, inputs: graph.inputs.filter(({ name }) => used.has(name)) };
}

function tensorOf({ data, shape }: OnnxValue): Tensor {
  return new Tensor('float32', data, shape);
}

function ownValue(name: string, value: Value): OnnxValue {
  if (value instanceof OnnxValue) return value;
  throw new EngineError(
    'VALUE_FOREIGN',
    `input ${name} was not made by the onnx engine; read it and upload it to this engine`,
  );
}

function misshapen(length: number, shape: readonly number[]): EngineError {
  return new EngineError(
    'SHAPE_MISMATCH',
    `${length} elements do not fill the shape [${shape}]; give ${elementCount(shape)}.`,
  );
}
