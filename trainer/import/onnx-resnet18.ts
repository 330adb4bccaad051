import {
  type Architecture,
  type ConvolutionLayer,
  type ResidualStage,
  residualBlocks,
  stemLayer,
} from '../network/architecture.ts';
import { EPSILON } from '../network/batch-norm.ts';
import type { HostTensor } from '../network/weights.ts';
import { ImportError } from './import-error.ts';
import type { ImportedNetwork } from './imported-network.ts';
import type { OnnxModel, OnnxNode } from './onnx-model.ts';
import { stemOf } from './stem.ts';

/** What averages the plane, and what only brings its result into the shape of rows. */
const AVERAGES = ['GlobalAveragePool', 'ReduceMean', 'AveragePool'];
const RESIDUAL_STAGES = ['layer1', 'layer2', 'layer3', 'layer4'] as const;
const RESHAPES = ['Flatten', 'Reshape', 'Squeeze'];

/**
 * Finds the layers of ResNet-18 in a graph by following it from its input, whatever its tensors are
 * called. Batch normalisation may be there or folded into the convolutions.
 * @throws ImportError NETWORK_UNKNOWN naming where the graph departs from ResNet-18
 */
export function readOnnxResnet18(model: OnnxModel, path: string): ImportedNetwork {
  const walk = new Resnet18Walk(model, path);
  const architecture = walk.follow();
  const [, , height, width] = model.input.dims;
  const size = height && width ? ([height, width] as const) : null;
  return { architecture, weights: walk.weights, size };
}

class Resnet18Walk {
  readonly weights = new Map<string, HostTensor>();
  readonly #model: OnnxModel;
  readonly #path: string;
  readonly #consumers = new Map<string, OnnxNode[]>();

  constructor(model: OnnxModel, path: string) {
    this.#model = model;
    this.#path = path;
    for (const node of model.nodes) {
      for (const name of new Set(node.inputs)) {
        this.#consumers.set(name, [...(this.#consumers.get(name) ?? []), node]);
      }
    }
  }

  follow(): Architecture {
    const { input } = this.#model;
    const first = this.#only(input.name, ['Conv'], 'the first convolution');
    const [width = 0, channels = 0, kernel = 0] = this.#tensor(first.inputs[1], 'conv1').shape;
    const stem = stemOf(this.#path, channels, kernel);
    const body = { name: 'resnet18', stem, width, classes: 2 } as const;
    let value = this.#relu(this.#convolution(input.name, stemLayer(body)));
    if (stem === 'imagenet') value = this.#maxPool(value);
    for (const stage of RESIDUAL_STAGES) value = this.#stage(value, body, stage);
    if (!this.#consumersOf(value).some(({ opType }) => opType === 'Conv')) {
      return { ...body, classes: this.#head(value) };
    }
    const longer = { ...body, extraBlock: true } as const;
    return { ...longer, classes: this.#head(this.#stage(value, longer, 'extra')) };
  }

  #stage(input: string, architecture: Architecture, stage: ResidualStage): string {
    let value = input;
    for (const { first, second, projection } of residualBlocks(architecture, stage)) {
      const shortcut = projection ? this.#convolution(value, projection) : value;
      const residual = this.#convolution(this.#relu(this.#convolution(value, first)), second);
      const sum = this.#only(residual, ['Add'], `the sum after ${second.convolution}`);
      if (!sum.inputs.includes(shortcut)) {
        throw this.#unknown(`the sum after ${second.convolution} does not take the shortcut`);
      }
      value = this.#relu(sum.outputs[0]!);
    }
    return value;
  }

  /** Takes a convolution of `input` and what normalises it. @returns the result's name */
  #convolution(input: string, layer: ConvolutionLayer): string {
    const { convolution, kernel, stride, padding, inChannels, outChannels } = layer;
    const shape = [outChannels, inChannels, kernel, kernel];
    const node = this.#consumersOf(input).find(
      ({ opType, inputs }) =>
        opType === 'Conv' && `${this.#model.tensors.get(inputs[1]!)?.shape}` === `${shape}`,
    );
    if (!node) throw this.#unknown(`${convolution}, a Conv with weights [${shape}], is missing`);
    const expected: [string, number[]][] = [
      ['strides', [stride, stride]],
      ['pads', [padding, padding, padding, padding]],
      ['dilations', [1, 1]],
      ['group', [1]],
    ];
    for (const [name, wanted] of expected) {
      const found = [
        node.attributes.get(name) ?? (name === 'pads' ? [0, 0, 0, 0] : wanted.map(() => 1)),
      ];
      if (`${found.flat()}` === `${wanted}`) continue;
      throw this.#unknown(`${convolution} has ${name} ${found.flat()}, not ${wanted}`);
    }
    this.weights.set(`${convolution}.weight`, this.#tensor(node.inputs[1], convolution));
    const bias = node.inputs[2] ? this.#tensor(node.inputs[2], convolution).data : null;
    return this.#normalisation(node.outputs[0]!, layer, bias);
  }

  #normalisation(value: string, layer: ConvolutionLayer, bias: Float32Array | null): string {
    const { normalisation, outChannels } = layer;
    const set = (name: string, data: Float32Array) =>
      this.weights.set(`${normalisation}.${name}`, { shape: [outChannels], data });
    const filled = (element: number) => new Float32Array(outChannels).fill(element);
    const [node] = this.#consumersOf(value);
    if (node?.opType !== 'BatchNormalization') {
      set('weight', filled(1));
      set('bias', bias ?? filled(0));
      set('running_mean', filled(0));
      set('running_var', filled(1 - EPSILON));
      return value;
    }
    const [weight, shift, mean, variance] = node.inputs
      .slice(1)
      .map((name) => this.#tensor(name, normalisation).data) as [Float32Array, ...Float32Array[]];
    const epsilon = Number(node.attributes.get('epsilon') ?? EPSILON);
    set('weight', weight);
    set('bias', shift!);
    set(
      'running_mean',
      mean!.map((each, channel) => each - (bias?.[channel] ?? 0)),
    );
    // Ours is a constant: where the graph's differs, the variance takes the difference.
    set(
      'running_var',
      variance!.map((each) => each + (epsilon - EPSILON)),
    );
    return node.outputs[0]!;
  }

  #maxPool(value: string): string {
    const node = this.#only(value, ['MaxPool'], 'the pooling after the first convolution');
    const attribute = (name: string) => `${node.attributes.get(name)}`;
    if (
      attribute('kernel_shape') === '3,3' &&
      attribute('strides') === '2,2' &&
      attribute('pads') === '1,1,1,1'
    ) {
      return node.outputs[0]!;
    }
    throw this.#unknown('the first pooling is not of 3 x 3 with stride 2 and padding 1');
  }

  #relu(value: string): string {
    return this.#only(value, ['Relu'], 'a Relu').outputs[0]!;
  }

  /** @returns how many classes there are */
  #head(features: string): number {
    let value = this.#only(features, AVERAGES, 'the average of the plane').outputs[0]!;
    let node = this.#only(value, [...RESHAPES, 'Gemm', 'MatMul'], 'the last layer');
    while (RESHAPES.includes(node.opType)) {
      value = node.outputs[0]!;
      node = this.#only(value, [...RESHAPES, 'Gemm', 'MatMul'], 'the last layer');
    }
    const matrix = this.#tensor(node.inputs[1], 'fc');
    const weight = node.attributes.get('transB') === 1 ? matrix : transposed(matrix);
    let output = node.outputs[0]!;
    let biasName = node.inputs[2];
    if (node.opType === 'MatMul') {
      const sum = this.#only(output, ['Add'], 'the bias of the last layer');
      biasName = sum.inputs.find((name) => name !== output);
      output = sum.outputs[0]!;
    }
    if (output !== this.#model.output) {
      const [next] = this.#consumersOf(output);
      throw this.#unknown(
        `after the logits comes ${next?.opType ?? 'something else'}; export the logits alone`,
      );
    }
    this.weights.set('fc.weight', weight);
    this.weights.set('fc.bias', this.#tensor(biasName, 'fc'));
    return weight.shape[0]!;
  }

  #only(value: string, types: readonly string[], what: string): OnnxNode {
    const consumers = this.#consumersOf(value);
    const node = consumers.find(({ opType }) => types.includes(opType));
    if (node && consumers.length === 1) return node;
    const found = consumers.map(({ opType }) => opType).join(', ') || 'nothing';
    throw this.#unknown(`${what} should follow "${value}", and ${found} does`);
  }

  #consumersOf(value: string): readonly OnnxNode[] {
    return this.#consumers.get(value) ?? [];
  }

  #tensor(name: string | undefined, layer: string): HostTensor {
    const tensor = this.#model.tensors.get(name ?? '');
    if (tensor) return tensor;
    throw this.#unknown(`a weight of ${layer}, "${name}", is no float32 constant`);
  }

  #unknown(what: string): ImportError {
    return new ImportError(
      'NETWORK_UNKNOWN',
      `${this.#path}: it is no ResNet-18 as torchvision has it: ${what}.`,
    );
  }
}

function transposed({ shape, data }: HostTensor): HostTensor {
  const [rows = 0, columns = 0] = shape;
  const turned = data.map((_, index) => data[(index % rows) * columns + Math.floor(index / rows)]!);
  return { shape: [columns, rows], data: turned };
}
