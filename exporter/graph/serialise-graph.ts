import {
  type Attribute,
  DATA_TYPE,
  type Graph,
  type GraphPort,
  type Initializer,
} from './graph.ts';
import { ModelProto } from './onnx-message.ts';

/** AttributeProto.AttributeType */
const ATTRIBUTE_TYPE = { FLOAT: 1, INT: 2, INTS: 7 } as const;

/** ONNX IR version 8 is the one that came with opset 17 (ONNX 1.12). */
const IR_VERSION = 8;

/** TensorProto.DataLocation */
const EXTERNAL = 1;

/** Initializers whose data lies in another file. */
export interface ExternalData {
  /** The file, beside the ONNX file. */
  readonly location: string;
  /** Where in it each of these initializers starts, in bytes. */
  readonly offsets: ReadonlyMap<string, number>;
}

/** The bytes of an ONNX file. The same graph always gives the same bytes. */
export function serialiseGraph(graph: Graph, external?: ExternalData): Uint8Array {
  const message = {
    irVersion: IR_VERSION,
    producerName: 'patchwork',
    opsetImport: [{ domain: '', version: graph.opset }],
    graph: {
      name: 'patchwork',
      node: graph.nodes.map((node, index) => ({
        name: `${node.opType}_${index}`,
        opType: node.opType,
        input: node.inputs,
        output: node.outputs,
        attribute: Object.entries(node.attributes).map(([name, value]) => attribute(name, value)),
      })),
      initializer: graph.initializers.map((each) => initializer(each, external)),
      input: graph.inputs.map(port),
      output: graph.outputs.map(port),
    },
  };
  return ModelProto.encode(message as never).finish();
}

function initializer(
  { name, type, dims, bytes }: Initializer,
  external: ExternalData | undefined,
): object {
  const tensor = { name, dims, dataType: DATA_TYPE[type] };
  const offset = external?.offsets.get(name);
  if (offset === undefined) return { ...tensor, rawData: bytes };
  const entries = { location: external!.location, offset: `${offset}`, length: `${bytes.length}` };
  return {
    ...tensor,
    dataLocation: EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  };
}

function attribute(name: string, value: Attribute): object {
  if (typeof value === 'number') return { name, type: ATTRIBUTE_TYPE.INT, i: value };
  if ('float' in value) return { name, type: ATTRIBUTE_TYPE.FLOAT, f: value.float };
  return { name, type: ATTRIBUTE_TYPE.INTS, ints: value };
}

function port({ name, type, shape }: GraphPort): object {
  const dim = shape.map((dimension) =>
    typeof dimension === 'number' ? { dimValue: dimension } : { dimParam: dimension },
  );
  return { name, type: { tensorType: { elemType: DATA_TYPE[type], shape: { dim } } } };
}
