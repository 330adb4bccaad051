import type { Graph, GraphNode } from '../../../graph/graph.ts';
import { GraphBuilder } from '../../../graph/graph-builder.ts';
import { byteNodes } from './byte-nodes.ts';
import type { Calibration } from './calibrate.ts';
import { elementsOf, scalesOf } from './filter-scales.ts';
import { quantiseWeights, ZERO_POINT } from './quantised-weights.ts';

/**
 * The int8 form of a classifier's graph in ONNX's QDQ style: each quantised value passes a QuantizeLinear
 * and a DequantizeLinear, and runtimes fuse what lies between into integer operations. Activations are
 * unsigned bytes with one scale a value, weights bytes with one scale an output channel, biases int32.
 */
export function quantiseGraph(graph: Graph, { values: ranges, filters }: Calibration): Graph {
  const builder = new GraphBuilder(graph.opset);
  const initializers = new Map(graph.initializers.map((each) => [each.name, each]));
  const { nodes: quantised, values } = byteNodes(graph);
  /** The float value in the new graph of each value in the old one. */
  const floats = new Map<string, string>();
  const bytesOf = (name: string): string => {
    const { scale, zeroPoint } = ranges[name]!;
    const step = builder.scalar(scale);
    const zero = builder.uint8(zeroPoint);
    const bytes = builder.node('QuantizeLinear', [floats.get(name)!, step, zero]);
    return builder.node('DequantizeLinear', [bytes, step, zero]);
  };
  const convolution = (node: GraphNode): string => {
    const [x, filterName, biasName] = node.inputs as [string, string, string];
    const filter = initializers.get(filterName)!;
    const channels = filter.dims[0]!;
    const data = elementsOf(filter);
    const steps = scalesOf(filter, filters);
    const bytes = quantiseWeights(data, steps);
    const weights = builder.node(
      'DequantizeLinear',
      [
        builder.typedInitializer('uint8', bytes, filter.dims, filterName),
        builder.initializer(steps, [channels]),
        builder.typedInitializer('uint8', new Uint8Array(channels).fill(ZERO_POINT), [channels]),
      ],
      { axis: 0 },
    );
    const { scale, means } = ranges[x]!;
    const products = steps.map((step) => step * scale);
    const shift = meanShift(data, bytes, steps, filter.dims, means);
    const bias = elementsOf(initializers.get(biasName)!).map((value, o) => value - shift[o]!);
    const integers = Int32Array.from(bias, (value, o) => Math.round(value / products[o]!));
    const biases = builder.node(
      'DequantizeLinear',
      [
        builder.typedInitializer('int32', integers, [channels], biasName),
        builder.initializer(products, [channels]),
      ],
      { axis: 0 },
    );
    return builder.node('Conv', [bytesOf(x), weights, biases], node.attributes);
  };
  for (const { name, shape, type } of graph.inputs) {
    floats.set(name, builder.input(name, shape, type));
  }
  const operand = (name: string): string => {
    const known = floats.get(name);
    if (known !== undefined) return known;
    const { type, bytes, dims } = initializers.get(name)!;
    floats.set(name, builder.typedInitializer(type, bytes, dims, name));
    return name;
  };
  for (const node of graph.nodes) {
    const [output] = node.outputs as [string];
    if (node.opType === 'Relu' && values.has(output)) {
      floats.set(output, floats.get(node.inputs[0]!)!);
    } else if (node.opType === 'Conv' && quantised.has(node)) {
      floats.set(output, convolution(node));
    } else {
      const inputs = node.inputs.map((name) =>
        quantised.has(node) && values.has(name) ? bytesOf(name) : operand(name),
      );
      floats.set(output, builder.node(node.opType, inputs, node.attributes));
    }
  }
  for (const { name, shape, type } of graph.outputs) {
    builder.output(name, floats.get(name)!, shape, type);
  }
  return builder.build();
}

/**
 * By how much rounding the weights moves each output channel [O] on average (Nagel et al. 2019, arXiv
 * 1906.04721, section 4.2), borders aside.
 */
function meanShift(
  data: Float32Array,
  bytes: Uint8Array,
  scales: Float32Array,
  [channels, inputs, ...kernel]: readonly number[],
  means: readonly number[],
): Float64Array {
  const area = kernel.reduce((product, size) => product * size, 1);
  const shift = new Float64Array(channels!);
  let index = 0;
  for (let channel = 0; channel < channels!; channel++) {
    const scale = scales[channel]!;
    for (let input = 0; input < inputs!; input++) {
      const mean = means[input]!;
      for (const end = index + area; index < end; index++) {
        const rounded = (bytes[index]! - ZERO_POINT) * scale;
        shift[channel]! += (rounded - data[index]!) * mean;
      }
    }
  }
  return shift;
}
