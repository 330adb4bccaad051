import * as tf from '@tensorflow/tfjs';
import type { ConvolutionLayer } from './architecture.ts';
import { type BatchStatistics, batchNormEvaluation, batchNormTraining } from './batch-norm.ts';

/** Tensors by their names in torchvision's state dict. */
export type NamedTensors = Readonly<Record<string, tf.Tensor>>;

/**
 * How a convolution with its batch normalisation is computed: [N,H,W,I] -> [N,H',W',O], followed by
 * relu where `activate`.
 */
export type ComputeLayer = (
  x: tf.Tensor4D,
  layer: ConvolutionLayer,
  activate: boolean,
) => tf.Tensor4D;

/** With the statistics of the batch, which `onStatistics` receives under the layer's name. */
export function trainingLayer(
  parameters: NamedTensors,
  onStatistics: (normalisation: string, statistics: BatchStatistics) => void,
): ComputeLayer {
  return (x, layer, activate) => {
    const name = layer.normalisation;
    const normalised = batchNormTraining(
      convolve(x, layer, parameters),
      get(parameters, `${name}.weight`),
      get(parameters, `${name}.bias`),
      (statistics) => onStatistics(name, statistics),
    );
    return activate ? tf.relu(normalised) : normalised;
  };
}

/** With the running statistics among `parameters`: may be derived any number of times. */
export function evaluationLayer(parameters: NamedTensors): ComputeLayer {
  return (x, layer, activate) => {
    const name = layer.normalisation;
    const normalised = batchNormEvaluation(
      convolve(x, layer, parameters),
      get(parameters, `${name}.weight`),
      get(parameters, `${name}.bias`),
      get(parameters, `${name}.running_mean`),
      get(parameters, `${name}.running_var`),
    );
    return activate ? tf.relu(normalised) : normalised;
  };
}

/** With batch normalisation folded into the convolutions, as `foldBatchNorm` gives them. */
export function foldedLayer(parameters: NamedTensors): ComputeLayer {
  return (x, layer, activate) =>
    tf.fused.conv2d({
      x,
      filter: filterOf(parameters, layer),
      strides: layer.stride,
      pad: explicitPadding(layer),
      bias: get(parameters, `${layer.convolution}.bias`),
      ...(activate ? { activation: 'relu' as const } : {}),
    });
}

function convolve(x: tf.Tensor4D, layer: ConvolutionLayer, parameters: NamedTensors): tf.Tensor4D {
  return tf.conv2d(x, filterOf(parameters, layer), layer.stride, explicitPadding(layer));
}

/** The filter [O,I,H,W] as TensorFlow.js wants it, [H,W,I,O]. */
function filterOf(parameters: NamedTensors, { convolution }: ConvolutionLayer): tf.Tensor4D {
  return tf.transpose(get<tf.Tensor4D>(parameters, `${convolution}.weight`), [2, 3, 1, 0]);
}

/** Both sides alike: 'same' would pad (0,1) at stride 2, where PyTorch pads (1,1). */
function explicitPadding({ padding }: ConvolutionLayer): tf.backend_util.ExplicitPadding {
  const sides: [number, number] = [padding, padding];
  return [[0, 0], sides, sides, [0, 0]];
}

/** The tensor called `name`, which whoever made `parameters` put there. */
export function get<T extends tf.Tensor = tf.Tensor1D>(parameters: NamedTensors, name: string): T {
  return parameters[name] as T;
}
