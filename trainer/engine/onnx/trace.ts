import { engine, tidy } from '@tensorflow/tfjs';
import type { Graph } from '../../../exporter/graph/graph.ts';
import { GraphBuilder } from '../../../exporter/graph/graph-builder.ts';
import { onBackend } from '../active-backend.ts';
import type { TensorMap } from '../engine.ts';
import { EngineError } from '../engine-error.ts';
import { disposingKept } from '../tensor-lifetime.ts';
import { logicalLayout } from './layout.ts';
import { materialise } from './materialise.ts';
import { tracingBackend } from './register-kernels.ts';
import { namedValue, type TracedValue, tracedValue } from './traced-value.ts';
import { TRACING_BACKEND } from './tracing-backend.ts';

/** A float32 input of a traced function: fed at run time, or known now and baked into the graph. */
export interface TraceInput {
  readonly shape: readonly number[];
  readonly constant?: Float32Array;
}

export interface TraceOptions {
  /**
   * Whether large batches are convolved by Winograd's algorithm, several times faster on a CPU and
   * less exact by about a decimal digit. Without it, each convolution is an ONNX Conv.
   */
  readonly fastConvolutions?: boolean;
  /**
   * Whether batch normalisation by the batch's own statistics is one ONNX node, in a single pass, which
   * onnxruntime computes on a CPU alone; otherwise it is plain arithmetic.
   */
  readonly normalisesInOneNode?: boolean;
}

/**
 * The ONNX graph of a function over TensorFlow.js ops, its gradients and control flow included: runs it
 * once on tensors that record instead of computing. Inputs and outputs keep their names and shapes and
 * lie in row-major order.
 *
 * @throws EngineError KERNEL_UNSUPPORTED where the function uses an op that cannot be traced,
 *   VALUE_NOT_CONSTANT where it reads a tensor's elements
 */
export function trace(
  fn: (inputs: TensorMap) => TensorMap,
  inputs: Readonly<Record<string, TraceInput>>,
  { fastConvolutions = false, normalisesInOneNode = true }: TraceOptions = {},
): Graph {
  const backend = tracingBackend();
  const builder = new GraphBuilder();
  backend.begin(builder, { fastConvolutions, normalisesInOneNode });
  try {
    onBackend(TRACING_BACKEND, () =>
      disposingKept(() =>
        tidy(() => {
          const tensors = Object.entries(inputs).map(([name, input]) => {
            const info = backend.tensorOf(inputValue(builder, name, input));
            return [name, engine().makeTensorFromTensorInfo(info)] as const;
          });
          for (const [name, tensor] of Object.entries(fn(Object.fromEntries(tensors)))) {
            builder.output(name, materialise(builder, backend.traced(tensor)), tensor.shape);
          }
        }),
      ),
    );
  } catch (error) {
    throw unsupportedKernel(error) ?? error;
  }
  return builder.build();
}

function inputValue(
  builder: GraphBuilder,
  name: string,
  { shape, constant }: TraceInput,
): TracedValue {
  const layout = logicalLayout(shape.length);
  if (constant) {
    return tracedValue(shape, 'float32', { constant: { elements: constant, layout, name } });
  }
  return namedValue(shape, layout, builder.input(name, shape));
}

function unsupportedKernel(error: unknown): EngineError | undefined {
  const kernel = /Kernel '(\w+)' not registered/.exec(String(error))?.[1];
  if (kernel === undefined) return undefined;
  return new EngineError(
    'KERNEL_UNSUPPORTED',
    `The op ${kernel} cannot be traced to ONNX; add its kernel in trainer/engine/onnx/kernel or use another op.`,
    { cause: error },
  );
}
