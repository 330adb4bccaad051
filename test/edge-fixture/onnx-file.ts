import protobuf from 'protobufjs';

const { root } = protobuf.parse(
  `syntax = "proto3"; package onnx;
  message AttributeProto { string name = 1; int64 i = 3; repeated int64 ints = 8; int32 type = 20; }
  message NodeProto {
    repeated string input = 1; repeated string output = 2; string op_type = 4;
    repeated AttributeProto attribute = 5;
  }
  message StringStringEntryProto { string key = 1; string value = 2; }
  message TensorProto {
    repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9;
    repeated StringStringEntryProto external_data = 13; int32 data_location = 14;
  }
  message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message TensorTypeProto { int32 elem_type = 1; TensorShapeProto shape = 2; }
  message TypeProto { TensorTypeProto tensor_type = 1; }
  message ValueInfoProto { string name = 1; TypeProto type = 2; }
  message GraphProto {
    repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
  }
  message OperatorSetIdProto { string domain = 1; int64 version = 2; }
  message ModelProto {
    int64 ir_version = 1; GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8;
  }`,
  { keepCase: true },
);
const ModelProto = root.lookupType('onnx.ModelProto');

const ELEMENT_TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

export interface FileTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: Float32Array | Uint8Array | Int8Array | Int32Array;
}

/** An operation, its attributes numbers or lists of them. */
export interface FileNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

export interface FileGraph {
  readonly nodes: readonly FileNode[];
  readonly tensors: readonly FileTensor[];
  /** Names of the tensors that are no initializers but inputs. */
  readonly open?: readonly string[];
  /** Where the tensors' bytes lie beside the file, one after the other, and not in it. */
  readonly external?: string;
  /** Names of tensors whose bytes are in the file all the same. */
  readonly within?: readonly string[];
}

/** An ONNX file of a classifier [N,3,side,side] to [N,classes], written by hand from onnx.proto3. */
export function onnxFile(graph: FileGraph, side: number, classes: number): Uint8Array {
  const { nodes, tensors, open = [], external, within = [] } = graph;
  const port = (name: string, type: ElementType, dims: readonly (number | string)[]) => ({
    name,
    type: {
      tensor_type: {
        elem_type: ELEMENT_TYPES[type],
        shape: {
          dim: dims.map((dim) =>
            typeof dim === 'string' ? { dim_param: dim } : { dim_value: dim },
          ),
        },
      },
    },
  });
  let offset = 0;
  const initializers = tensors
    .filter(({ name }) => !open.includes(name))
    .map(({ name, type, dims, data }) => {
      const header = { name, dims, data_type: ELEMENT_TYPES[type] };
      if (external === undefined || within.includes(name)) {
        return { ...header, raw_data: bytesOf(data) };
      }
      const entries = { location: external, offset: `${offset}`, length: `${data.byteLength}` };
      offset += data.byteLength;
      return {
        ...header,
        data_location: 1,
        external_data: Object.entries(entries).map(([key, value]) => ({ key, value })),
      };
    });
  const inputs = tensors.filter(({ name }) => open.includes(name));
  const model = {
    ir_version: 8,
    opset_import: [{ domain: '', version: 17 }],
    graph: {
      name: 'classifier',
      node: nodes.map(({ type, inputs: from, output, attributes = {} }) => ({
        op_type: type,
        input: from,
        output: [output],
        attribute: Object.entries(attributes).map(([name, value]) =>
          typeof value === 'number' ? { name, i: value, type: 2 } : { name, ints: value, type: 7 },
        ),
      })),
      initializer: initializers,
      input: [
        port('image', 'float32', ['N', 3, side, side]),
        ...inputs.map(({ name, type, dims }) => port(name, type, dims)),
      ],
      output: [port('logits', 'float32', ['N', classes])],
    },
  };
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}

export function bytesOf(data: FileTensor['data']): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
