import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { foldGemmBias } from '../../exporter/graph/fold-gemm-bias.ts';
import type { Graph, GraphPort } from '../../exporter/graph/graph.ts';
import { EngineError } from '../engine/engine-error.ts';
import { registerSecondOrderGradients } from '../engine/gradient/second-order.ts';
import { type TraceInput, trace } from '../engine/onnx/trace.ts';
import type { Architecture } from '../network/architecture.ts';
import { foldBatchNorm } from '../network/fold-batch-norm.ts';
import { IMAGES, inference } from '../network/inference.ts';
import type { Weights } from '../network/weights.ts';

/** Two batch sizes whose graphs must be the same for the batch to be free. */
const PROBES = [2, 3] as const;

/** Stands for the free batch dimension in the graph's ports. */
const BATCH = 'N';

/**
 * The ONNX graph of the network as it is served: batch normalisation folded, weights inside, `images`
 * [N,3,H,W] to `logits` [N,classes] with N free.
 * @throws EngineError SHAPE_MISMATCH when the graph would depend on the batch size
 */
export function traceClassifier(
  architecture: Architecture,
  weights: Weights,
  { height, width }: Pick<Preprocessing, 'height' | 'width'>,
): Graph {
  registerSecondOrderGradients();
  const constants: Record<string, TraceInput> = {};
  for (const [name, { shape, data }] of foldBatchNorm(architecture, weights)) {
    constants[name] = { shape, constant: data };
  }
  const [graph, other] = PROBES.map((batch) =>
    trace(inference(architecture), {
      ...constants,
      [IMAGES]: { shape: [batch, 3, height, width] },
    }),
  ) as [Graph, Graph];
  if (JSON.stringify(graph.nodes) !== JSON.stringify(other.nodes)) {
    throw new EngineError(
      'SHAPE_MISMATCH',
      'The traced network depends on the batch size; write the stage that does without constants of the batch.',
    );
  }
  const free = (port: GraphPort): GraphPort => ({
    ...port,
    shape: [BATCH, ...port.shape.slice(1)],
  });
  return foldGemmBias({
    ...graph,
    inputs: graph.inputs.map(free),
    outputs: graph.outputs.map(free),
  });
}
