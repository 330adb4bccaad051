import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { ModelProto } from '../../exporter/graph/onnx-message.ts';
import type { HostTensor } from '../network/weights.ts';
import { ImportError } from './import-error.ts';

/** A graph's operation with its attributes that are numbers. */
export interface OnnxNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, number | readonly number[]>;
}

/** What is read of an ONNX file. Values that `Identity` only renames have one name. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  /** The float32 constants by name. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
  /** The input that is no constant; null stands for a dimension that is free. */
  readonly input: { readonly name: string; readonly dims: readonly (number | null)[] };
  readonly output: string;
}

interface Long {
  toNumber(): number;
}

interface TensorMessage {
  readonly name: string;
  readonly dims: readonly Long[];
  readonly dataType: number;
  readonly rawData: Uint8Array;
  readonly floatData: readonly number[];
  readonly dataLocation: number;
  readonly externalData: readonly { readonly key: string; readonly value: string }[];
}

interface AttributeMessage {
  readonly name: string;
  readonly f: number;
  readonly i: Long;
  readonly ints: readonly Long[];
  readonly t: TensorMessage | null;
  readonly type: number;
}

interface PortMessage {
  readonly name: string;
  readonly type?: {
    readonly tensorType?: {
      readonly shape?: { readonly dim: readonly { readonly value?: string; dimValue: Long }[] };
    };
  };
}

interface ModelMessage {
  readonly graph: {
    readonly node: readonly {
      readonly opType: string;
      readonly input: readonly string[];
      readonly output: readonly string[];
      readonly attribute: readonly AttributeMessage[];
    }[];
    readonly initializer: readonly TensorMessage[];
    readonly input: readonly PortMessage[];
    readonly output: readonly PortMessage[];
  } | null;
}

/** TensorProto.DataType.FLOAT, and AttributeProto.AttributeType FLOAT, INT and INTS. */
const FLOAT = 1;
const ATTRIBUTE = { FLOAT: 1, INT: 2, INTS: 7 } as const;
const EXTERNAL = 1;

/**
 * Reads an ONNX file, and files of external data beside it.
 * @throws ImportError FORMAT_UNKNOWN, or WEIGHTS_INVALID where external data is missing or misplaced
 */
export async function readOnnxModel(bytes: Uint8Array, path: string): Promise<OnnxModel> {
  const graph = decode(bytes, path);
  const external = new ExternalData(path);
  const tensors = new Map<string, HostTensor>();
  const constants = new Set(graph.initializer.map(({ name }) => name));
  for (const tensor of graph.initializer) {
    if (tensor.dataType === FLOAT) tensors.set(tensor.name, await readTensor(tensor, external));
  }
  const names = new Map<string, string>();
  const nameOf = (name: string) => names.get(name) ?? name;
  const nodes: OnnxNode[] = [];
  for (const { opType, input, output, attribute } of graph.node) {
    const [first] = output;
    const constant = opType === 'Constant' ? attribute.find(({ t }) => t)?.t : undefined;
    if (opType === 'Identity') names.set(first!, nameOf(input[0]!));
    else if (constant?.dataType === FLOAT)
      tensors.set(first!, await readTensor(constant, external));
    else if (opType !== 'Constant') {
      const attributes = new Map(attribute.map((each) => [each.name, numbers(each)]));
      nodes.push({ opType, inputs: input.map(nameOf), outputs: output, attributes });
    }
  }
  const inputs = graph.input.filter(({ name }) => !constants.has(name));
  if (inputs.length !== 1 || graph.output.length !== 1) {
    throw new ImportError(
      'NETWORK_UNKNOWN',
      `${path}: it has ${inputs.length} inputs and ${graph.output.length} outputs; a classifier has one of each.`,
    );
  }
  const [{ name, type }] = inputs as [PortMessage];
  const dims = (type?.tensorType?.shape?.dim ?? []).map(({ value, dimValue }) =>
    value === 'dimValue' ? dimValue.toNumber() : null,
  );
  return { nodes, tensors, input: { name, dims }, output: nameOf(graph.output[0]!.name) };
}

function decode(bytes: Uint8Array, path: string): NonNullable<ModelMessage['graph']> {
  let cause: unknown;
  try {
    const { graph } = ModelProto.decode(bytes) as unknown as ModelMessage;
    if (graph && graph.node.length > 0) return graph;
  } catch (error) {
    cause = error;
  }
  throw new ImportError('FORMAT_UNKNOWN', `${path}: it is no ONNX file, or a damaged one.`, {
    cause,
  });
}

function numbers({ type, f, i, ints }: AttributeMessage): number | readonly number[] {
  if (type === ATTRIBUTE.FLOAT) return f;
  return type === ATTRIBUTE.INTS ? ints.map((each) => each.toNumber()) : Number(i);
}

async function readTensor(tensor: TensorMessage, external: ExternalData): Promise<HostTensor> {
  const shape = tensor.dims.map((dim) => dim.toNumber());
  const size = shape.reduce((product, dim) => product * dim, 1);
  const raw = tensor.dataLocation === EXTERNAL ? await external.read(tensor) : tensor.rawData;
  const data =
    raw.length > 0
      ? new Float32Array(new Uint8Array(raw).buffer)
      : Float32Array.from(tensor.floatData);
  if (data.length === size) return { shape, data };
  throw external.invalid(`tensor "${tensor.name}" has ${data.length} elements, not [${shape}]`);
}

/** The files beside an ONNX file that hold tensors, each read once. */
class ExternalData {
  readonly #path: string;
  readonly #files = new Map<string, Uint8Array>();

  constructor(path: string) {
    this.#path = path;
  }

  async read({ name, externalData }: TensorMessage): Promise<Uint8Array> {
    const entries = new Map(externalData.map(({ key, value }) => [key, value]));
    const location = normalize(entries.get('location') ?? '');
    if (isAbsolute(location) || location.startsWith('..')) {
      throw this.invalid(`tensor "${name}" lies in ${location}, outside the folder`);
    }
    const file = join(dirname(this.#path), location);
    const bytes = this.#files.get(file) ?? (await this.#load(file));
    this.#files.set(file, bytes);
    const offset = Number(entries.get('offset') ?? 0);
    const end = offset + Number(entries.get('length') ?? bytes.length - offset);
    if (offset >= 0 && end <= bytes.length) return bytes.subarray(offset, end);
    throw this.invalid(
      `tensor "${name}" ends at byte ${end} of ${location}, which has ${bytes.length}`,
    );
  }

  invalid(what: string, cause?: unknown): ImportError {
    return new ImportError(
      'WEIGHTS_INVALID',
      `${this.#path}: ${what}; use an undamaged ONNX file, with its data beside it.`,
      { cause },
    );
  }

  async #load(file: string): Promise<Uint8Array> {
    return readFile(file).catch((cause: Error) => {
      throw this.invalid(`its data cannot be read (${cause.message})`, cause);
    });
  }
}
