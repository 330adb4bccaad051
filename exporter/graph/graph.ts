/** TensorProto.DataType of the element types that our graphs use, which `Cast` takes as its target too. */
export const DATA_TYPE = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const;

/** Named as in TensorFlow.js where both have them. */
export type ElementType = keyof typeof DATA_TYPE;

/** A dimension: a number, or the name of a dimension that is free until run time, such as `N`. */
export type Dimension = number | string;

/** An attribute: integers by themselves, floats marked, since JavaScript has one number type. */
export type Attribute = number | readonly number[] | { readonly float: number };
export type Attributes = Readonly<Record<string, Attribute>>;

export interface GraphNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  /** Little-endian elements in row-major order. */
  readonly bytes: Uint8Array;
}

export interface GraphPort {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** An ONNX graph before serialisation: nodes in topological order. */
export interface Graph {
  readonly opset: number;
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  readonly initializers: readonly Initializer[];
  readonly nodes: readonly GraphNode[];
}
