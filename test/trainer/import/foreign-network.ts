import { GraphBuilder } from '../../../exporter/graph/graph-builder.ts';
import { serialiseGraph } from '../../../exporter/graph/serialise-graph.ts';
import type { SafeTensor } from '../../../trainer/checkpoint/safe-tensor.ts';
import {
  type Architecture,
  type ConvolutionLayer,
  type ResidualStage,
  residualBlocks,
  stemLayer,
} from '../../../trainer/network/architecture.ts';
import type { Weights } from '../../../trainer/network/weights.ts';

/** A state dict as torch writes it: with counters, in any of its types, perhaps of `DataParallel`. */
export function stateDict(
  weights: Weights,
  { dtype = 'F32', prefix = '' }: { dtype?: 'F32' | 'F16' | 'BF16'; prefix?: string } = {},
): Map<string, SafeTensor> {
  const tensors = new Map<string, SafeTensor>();
  for (const [name, { shape, data }] of weights) {
    tensors.set(
      prefix + name,
      dtype === 'F32' ? { dtype, shape, data } : { dtype, shape, data: narrow(data, dtype) },
    );
    if (!name.endsWith('running_mean')) continue;
    const counter = name.replace('running_mean', 'num_batches_tracked');
    tensors.set(prefix + counter, { dtype: 'I64', shape: [], data: BigInt64Array.of(7n) });
  }
  return tensors;
}

/** Weights whose values every type holds exactly: few bits, small exponents. */
export function coarse(weights: Weights): Weights {
  return new Map(
    [...weights].map(([name, { shape, data }]) => {
      const least = name.endsWith('running_var') ? 1 / 64 : Number.NEGATIVE_INFINITY;
      const rounded = data.map((value) => Math.max(least, coarseValue(value)));
      return [name, { shape, data: rounded }];
    }),
  );
}

/** Seven significant bits, and nothing below 2^-10. */
function coarseValue(value: number): number {
  if (Math.abs(value) < 2 ** -10) return 0;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 6);
  return Math.round(value / unit) * unit;
}

/** The bits of values that the type holds exactly. */
function narrow(data: Float32Array, dtype: 'F16' | 'BF16'): Uint16Array {
  const bits = new Uint32Array(new Float32Array(data).buffer);
  return Uint16Array.from(bits, (word) => {
    if (dtype === 'BF16') return word >>> 16;
    if ((word & 0x7fffffff) === 0) return word >>> 16;
    const exponent = ((word >>> 23) & 0xff) - 127 + 15;
    return ((word >>> 16) & 0x8000) | (exponent << 10) | ((word >>> 13) & 0x3ff);
  });
}

export interface OnnxOptions {
  /** Convolutions with biases, normalisation folded into them. */
  readonly folded?: boolean;
  readonly batch?: number | 'N';
  readonly side: number;
  /** What stands in place of the second stage's first stride. */
  readonly stride?: number;
  readonly activation?: string;
  readonly softmax?: boolean;
  /** The last layer as a product and a sum instead of `Gemm`. */
  readonly plainHead?: boolean;
}

/** ResNet-18 as exporters of torch write it, node by node, under names that mean nothing. */
export function onnxFile(
  architecture: Architecture,
  weights: Weights,
  options: OnnxOptions,
): Uint8Array {
  const { folded = false, batch = 'N', side, activation = 'Relu' } = options;
  const builder = new GraphBuilder();
  let count = 0;
  const constant = (name: string) => {
    const { shape, data } = weights.get(name)!;
    return builder.initializer(data, shape, `w${count++}`);
  };
  const relu = (value: string) => builder.node(activation, [value]);
  const convolution = (value: string, layer: ConvolutionLayer) => {
    const { kernel, padding, normalisation } = layer;
    const stride =
      layer.convolution === 'layer2.0.conv1' ? (options.stride ?? layer.stride) : layer.stride;
    const bias = folded ? [constant(`${layer.convolution}.bias`)] : [];
    const convolved = builder.node(
      'Conv',
      [value, constant(`${layer.convolution}.weight`), ...bias],
      {
        kernel_shape: [kernel, kernel],
        strides: [stride, stride],
        pads: [padding, padding, padding, padding],
        group: 1,
      },
    );
    if (folded) return convolved;
    const parameters = ['weight', 'bias', 'running_mean', 'running_var'];
    const constants = parameters.map((name) => constant(`${normalisation}.${name}`));
    return builder.node('BatchNormalization', [convolved, ...constants], {
      epsilon: { float: 1e-5 },
    });
  };
  const image = builder.input('x', [batch, 3, side, side]);
  let value = relu(convolution(image, stemLayer(architecture)));
  if (architecture.stem === 'imagenet') {
    value = builder.node('MaxPool', [value], {
      kernel_shape: [3, 3],
      strides: [2, 2],
      pads: [1, 1, 1, 1],
    });
  }
  for (const stage of ['layer1', 'layer2', 'layer3', 'layer4', 'extra'] as ResidualStage[]) {
    for (const { first, second, projection } of residualBlocks(architecture, stage)) {
      const shortcut = projection ? convolution(value, projection) : value;
      const residual = convolution(relu(convolution(value, first)), second);
      value = relu(builder.node('Add', [residual, shortcut]));
    }
  }
  const flat = builder.node('Flatten', [builder.node('GlobalAveragePool', [value])], { axis: 1 });
  let logits: string;
  if (options.plainHead) {
    const { shape, data } = weights.get('fc.weight')!;
    const [classes, features] = shape as [number, number];
    const turned = data.map(
      (_, index) => data[(index % classes) * features + Math.floor(index / classes)]!,
    );
    const matrix = builder.initializer(turned, [features, classes], 'turned');
    logits = builder.node('Add', [constant('fc.bias'), builder.node('MatMul', [flat, matrix])]);
  } else {
    logits = builder.node('Gemm', [flat, constant('fc.weight'), constant('fc.bias')], {
      transB: 1,
    });
  }
  if (options.softmax) logits = builder.node('Softmax', [logits], { axis: 1 });
  builder.output('y', logits, [batch, architecture.classes]);
  return serialiseGraph(builder.build());
}
