import { cast } from '@tensorflow/tfjs';
import type { InferenceSession } from 'onnxruntime-node';
import type { Graph } from '../../../exporter/graph/graph.ts';
import { serialiseGraph } from '../../../exporter/graph/serialise-graph.ts';
import type { Compiled, TensorMap, ValueMap } from '../engine.ts';
import { type TraceOptions, trace } from './trace.ts';
import type { OutputPort, ValueStore } from './value-store.ts';

/** Tells outputs from inputs: a training step has both under the same name, which a graph may not. */
const OUTPUT = 'out:';

/**
 * Planned memory comes on top of what the first run took, and nearly doubles the peak of a training step,
 * which has about 2,000 nodes. The passes that only compute answers have fewer.
 */
const MOST_PLANNED_NODES = 1000;

/** An edit unrolled through its gradients: onnxruntime takes seconds to open it. */
const LEAST_KEPT_NODES = 4000;

export interface TracedFunctionOptions {
  readonly store: ValueStore;
  readonly tracing: TraceOptions;
  /** @param keep whether the session is worth keeping on disk */
  createSession(
    graph: Uint8Array,
    options: InferenceSession.SessionOptions,
    keep: boolean,
  ): Promise<InferenceSession>;
}

interface Program {
  readonly session: InferenceSession;
  readonly outputs: readonly OutputPort[];
}

/** A function that is traced for each combination of input shapes that it is run with. */
export class TracedFunction implements Compiled {
  #fn: (inputs: TensorMap) => TensorMap;
  #options: TracedFunctionOptions;
  #programs = new Map<string, Promise<Program>>();

  constructor(fn: (inputs: TensorMap) => TensorMap, options: TracedFunctionOptions) {
    this.#fn = fn;
    this.#options = options;
  }

  async run(inputs: ValueMap): Promise<ValueMap> {
    const { session, outputs } = await this.#program(inputs);
    return this.#options.store.run(session, inputs, outputs);
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
    const { store, tracing, createSession } = this.#options;
    const graph = trace((tensors) => portsOf(this.#fn(tensors)), inputs, tracing);
    const outputs = graph.outputs.map(({ name, shape }) => ({
      port: name,
      name: name.slice(OUTPUT.length),
      shape: shape as number[],
    }));
    const nodes = graph.nodes.length;
    const session = await createSession(
      serialiseGraph(withoutUnusedInputs(graph)),
      { ...store.sessionOptions(outputs), enableMemPattern: nodes <= MOST_PLANNED_NODES },
      nodes >= LEAST_KEPT_NODES,
    );
    return { session, outputs };
  }
}

function portsOf(outputs: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [OUTPUT + name, cast(tensor, 'float32')]),
  );
}

/** onnxruntime wants every declared input fed; a function may ignore some of its own. */
function withoutUnusedInputs(graph: Graph): Graph {
  const used = new Set(graph.nodes.flatMap((node) => node.inputs));
  return { ...graph, inputs: graph.inputs.filter(({ name }) => used.has(name)) };
}
