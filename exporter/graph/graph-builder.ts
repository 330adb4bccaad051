import type {
  Attributes,
  Dimension,
  ElementType,
  Graph,
  GraphNode,
  GraphPort,
  Initializer,
} from './graph.ts';

/** The opset that graphs are written in: the oldest whose ops all have the attributes we use. */
export const OPSET = 17;

/**
 * Builds an ONNX graph node by node. A node equal to an earlier one (same op, inputs and attributes) is
 * not added again, and nodes that no output needs are left out.
 */
export class GraphBuilder {
  readonly opset: number;
  #nodes: GraphNode[] = [];
  #initializers: Initializer[] = [];
  #inputs: GraphPort[] = [];
  #outputs: (GraphPort & { readonly source: string })[] = [];
  #known = new Map<string, readonly string[]>();
  #constants = new Map<string, string>();
  #count = 0;

  constructor(opset: number = OPSET) {
    this.opset = opset;
  }

  /** Declares a graph input. @returns its name */
  input(name: string, shape: readonly Dimension[], type: ElementType = 'float32'): string {
    this.#inputs.push({ name, type, shape });
    return name;
  }

  /** Declares that the value `source` leaves the graph under `name`. */
  output(
    name: string,
    source: string,
    shape: readonly Dimension[],
    type: ElementType = 'float32',
  ): void {
    this.#outputs.push({ name, type, shape, source });
  }

  /** Adds a node with one output. @returns the output's name */
  node(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.nodeWithOutputs(opType, inputs, attributes, 1)[0]!;
  }

  /** Adds a node with several outputs. @returns their names */
  nodeWithOutputs(
    opType: string,
    inputs: readonly string[],
    attributes: Attributes,
    outputCount: number,
  ): readonly string[] {
    const key = `${opType}(${inputs.join()})${JSON.stringify(attributes)}`;
    const known = this.#known.get(key);
    if (known) return known;
    const outputs = Array.from({ length: outputCount }, () => this.#freshName(opType));
    this.#nodes.push({ opType, inputs, outputs, attributes });
    this.#known.set(key, outputs);
    return outputs;
  }

  /** Adds a float32 initializer under `name`, or under a fresh name. @returns the name */
  initializer(data: Float32Array, dims: readonly number[], name?: string): string {
    return this.typedInitializer('float32', data, dims, name);
  }

  /**
   * Adds an initializer of any element type under `name`, or under a fresh name.
   * @param data its little-endian elements; booleans take a byte each
   * @returns the name
   */
  typedInitializer(
    type: ElementType,
    data: ArrayBufferView,
    dims: readonly number[],
    name = this.#freshName('constant'),
  ): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#initializers.push({ name, type, dims, bytes });
    return name;
  }

  /** The vector of 64-bit integers that many ops take as a shape, axes or bounds. @returns its name */
  int64(values: readonly number[]): string {
    return this.#constant(`int64:${values.join()}`, () =>
      this.typedInitializer('int64', BigInt64Array.from(values, BigInt), [values.length]),
    );
  }

  /** A float32 scalar. @returns its name */
  scalar(value: number): string {
    return this.#constant(`scalar:${Object.is(value, -0) ? '-0' : value}`, () =>
      this.initializer(Float32Array.of(value), []),
    );
  }

  /** A scalar of one unsigned byte. @returns its name */
  uint8(value: number): string {
    return this.#constant(`uint8:${value}`, () =>
      this.typedInitializer('uint8', Uint8Array.of(value), []),
    );
  }

  /** A float32 vector with all elements equal. @returns its name */
  filled(value: number, length: number): string {
    return this.#constant(`filled:${value}:${length}`, () =>
      this.initializer(new Float32Array(length).fill(value), [length]),
    );
  }

  /** A float32 matrix. @returns its name */
  matrix(rows: readonly (readonly number[])[]): string {
    return this.#constant(`matrix:${rows.join(';')}`, () =>
      this.initializer(Float32Array.from(rows.flat()), [rows.length, rows[0]!.length]),
    );
  }

  /** The finished graph: outputs under their declared names, dead nodes and initializers dropped. */
  build(): Graph {
    const { nodes, live } = this.#liveNodes(this.#nameOutputs());
    return {
      opset: this.opset,
      inputs: this.#inputs,
      outputs: this.#outputs.map(({ name, type, shape }) => ({ name, type, shape })),
      initializers: this.#initializers.filter(({ name }) => live.has(name)),
      nodes,
    };
  }

  /** Renames what a node computes to the output's name; a second name for a value takes an Identity. */
  #nameOutputs(): GraphNode[] {
    const computed = new Set(this.#nodes.flatMap((node) => node.outputs));
    const renamed = new Map<string, string>();
    const copies: GraphNode[] = [];
    for (const { name, source } of this.#outputs) {
      if (computed.has(source) && !renamed.has(source)) renamed.set(source, name);
      else copies.push({ opType: 'Identity', inputs: [source], outputs: [name], attributes: {} });
    }
    const rename = (name: string) => renamed.get(name) ?? name;
    return [...this.#nodes, ...copies].map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    }));
  }

  #liveNodes(nodes: readonly GraphNode[]): { nodes: GraphNode[]; live: Set<string> } {
    const live = new Set(this.#outputs.map(({ name }) => name));
    const kept: GraphNode[] = [];
    for (const node of nodes.toReversed()) {
      if (!node.outputs.some((name) => live.has(name))) continue;
      kept.push(node);
      for (const name of node.inputs) live.add(name);
    }
    return { nodes: kept.toReversed(), live };
  }

  #constant(key: string, add: () => string): string {
    const name = this.#constants.get(key) ?? add();
    this.#constants.set(key, name);
    return name;
  }

  #freshName(stem: string): string {
    return `${stem.toLowerCase()}_${this.#count++}`;
  }
}
