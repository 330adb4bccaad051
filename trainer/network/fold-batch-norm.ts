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

function foldLayer(
  { convolution, normalisation, outChannels }: ConvolutionLayer,
  weights: Weights,
) {
  const read = (name: string) => weights.get(`${normalisation}.${name}`)!.data;
  const [gamma, beta] = [read('weight'), read('bias')];
  const [mean, variance] = [read('running_mean'), read('running_var')];
  const { shape, data } = weights.get(`${convolution}.weight`)!;
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
