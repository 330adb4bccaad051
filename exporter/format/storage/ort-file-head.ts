import { ExportError } from '../export-error.ts';
import { FlatbufferReader, type TableAt } from './flatbuffer-reader.ts';
import { FlatbufferWriter } from './flatbuffer-writer.ts';

/** Positions of fields in the tables of onnxruntime's `ort.fbs`. */
const SESSION = { version: 0, model: 1, types: 3 } as const;
const TYPES = { operations: 0 } as const;
const OPERATION = { id: 0, parameters: 1 } as const;
const PARAMETER = { name: 0, uses: 1 } as const;
const USE = { kind: 0, index: 1 } as const;
const MODEL = { graph: 7 } as const;
const GRAPH = { nodes: 2 } as const;

const IDENTIFIER = 'ORTM';
/** What the model's own alignment is kept by, in bytes. */
const ALIGNMENT = 64;

/**
 * An ORT file with its head written anew. onnxruntime keeps which types each operation's kernels are found
 * by in a hash table that is seeded at random, and writes it in that table's order, at the head of the
 * file; the model behind it is the same each time. Here operations come in the order of their names.
 * @throws ExportError GRAPH_UNREADABLE where the file is laid out otherwise
 */
export function withOrderedHead(file: Uint8Array): Uint8Array {
  const reader = new FlatbufferReader(file);
  const session = reader.root();
  const version = reader.table(session, SESSION.version);
  const model = reader.table(session, SESSION.model);
  const types = reader.table(session, SESSION.types);
  if (version === null || model === null || types === null || version < model || types > model) {
    throw new ExportError(
      'GRAPH_UNREADABLE',
      'onnxruntime-node wrote an ORT file of another layout than this exporter knows; install the version that package.json names.',
    );
  }
  const modelStart = Math.min(model, reader.layoutOf(model));
  const writer = new FlatbufferWriter(IDENTIFIER);
  const head = writer.table(SESSION.types + 1);
  const outside = [SESSION.version, SESSION.model].map((field) => writer.reference(head, field));
  writer.child(head, SESSION.types, () => copyTypes(reader, types, writer));
  const moved = writer.alignTo(ALIGNMENT, modelStart % ALIGNMENT) - modelStart;
  writer.resolve(outside[0]!, version + moved);
  writer.resolve(outside[1]!, model + moved);
  const start = writer.bytes();
  const ordered = new Uint8Array(start.length + file.length - modelStart);
  ordered.set(start);
  ordered.set(file.subarray(modelStart), start.length);
  return ordered;
}

/** How many nodes the graph of an ORT file has. */
export function ortNodeCount(file: Uint8Array): number {
  const reader = new FlatbufferReader(file);
  const model = reader.table(reader.root(), SESSION.model)!;
  return reader.vector(reader.table(model, MODEL.graph)!, GRAPH.nodes).length;
}

function copyTypes(reader: FlatbufferReader, types: TableAt, writer: FlatbufferWriter): TableAt {
  const copy = writer.table(1);
  const operations = reader
    .vector(types, TYPES.operations)
    .map((table) => ({ table, id: reader.text(table, OPERATION.id) }))
    .sort((left, right) => (left.id < right.id ? -1 : 1));
  writer.children(copy, TYPES.operations, operations, ({ table, id }) => {
    const operation = writer.table(2);
    writer.child(operation, OPERATION.id, () => writer.text(id));
    writer.children(
      operation,
      OPERATION.parameters,
      reader.vector(table, OPERATION.parameters),
      (parameter) => copyParameter(reader, parameter, writer),
    );
    return operation;
  });
  return copy;
}

function copyParameter(
  reader: FlatbufferReader,
  table: TableAt,
  writer: FlatbufferWriter,
): TableAt {
  const parameter = writer.table(2);
  writer.child(parameter, PARAMETER.name, () => writer.text(reader.text(table, PARAMETER.name)));
  writer.children(parameter, PARAMETER.uses, reader.vector(table, PARAMETER.uses), (from) => {
    const use = writer.table(2);
    writer.number(use, USE.kind, reader.byte(from, USE.kind));
    writer.number(use, USE.index, reader.word(from, USE.index));
    return use;
  });
  return parameter;
}
