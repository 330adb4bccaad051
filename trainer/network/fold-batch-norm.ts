import {
  type Architecture,
  type ConvolutionLayer,
  convolutionLayers,
  STAGES,
  type Stage,
  stageOf,
} from './architecture.ts';
import { EPSILON } from './batch-norm.ts';
import type { HostTensor, Weights } from './weights.ts';

/**
 * The weights with each batch normalisation folded into the convolution before it, computed in double
 * precision: `<convolution>.weight` [O,I,kh,kw] and `.bias` [O] for `foldedLayer`, `fc` unchanged.
 * @param stages whose layers are wanted; `fc` is there whichever they are
 */
export function foldBatchNorm(
  architecture: Architecture,
  weights: Weights,
  stages: readonly Stage[] = STAGES,
): Weights {
  const folded = new Map<string, HostTensor>();
  for (const layer of convolutionLayers(architecture)) {
    if (!stages.includes(stageOf(layer.convolution))) continue;
    const { filter, bias } = foldLayer(layer, weights);
    folded.set(`${layer.convolution}.weight`, filter);
    folded.set(`${layer.convolution}.bias`, bias);
  }
  for (const name of ['fc.weight', 'fc.bias']) folded.set(name, weights.get(name)!);
  return folded;
}

interface FoldedLayer {
  readonly filter: HostTensor;
  readonly bias: HostTensor;
}

/** Of a filter, the arrays of the normalisation that it was folded with last, and what came of it. */
const FOLDED = new WeakMap<
  Float32Array,
  { readonly statistics: readonly Float32Array[]; readonly folded: FoldedLayer }
>();

/** Networks that differ in some layers have the arrays of the others in common: those are folded once. */
function foldLayer(layer: ConvolutionLayer, weights: Weights): FoldedLayer {
  const filter = weights.get(`${layer.convolution}.weight`)!;
  const statistics = ['weight', 'bias', 'running_mean', 'running_var'].map(
    (name) => weights.get(`${layer.normalisation}.${name}`)!.data,
  );
  const known = FOLDED.get(filter.data);
  if (known?.statistics.every((data, index) => data === statistics[index])) return known.folded;
  const folded = computeLayer(layer, filter, statistics);
  FOLDED.set(filter.data, { statistics, folded });
  return folded;
}

function computeLayer(
  { outChannels }: ConvolutionLayer,
  { shape, data }: HostTensor,
  statistics: readonly Float32Array[],
): FoldedLayer {
  const [gamma, beta, mean, variance] = statistics as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const filter = new Float32Array(data.length);
  const bias = new Float32Array(outChannels);
  const perChannel = data.length / outChannels;
  for (let channel = 0; channel < outChannels; channel++) {
    const factor = gamma[channel]! / Math.sqrt(variance[channel]! + EPSILON);
    bias[channel] = beta[channel]! - mean[channel]! * factor;
    const end = (channel + 1) * perChannel;
    for (let index = channel * perChannel; index < end; index++) {
      filter[index] = data[index]! * factor;
    }
  }
  return { filter: { shape, data: filter }, bias: { shape: [outChannels], data: bias } };
}
