/** Positions of fields in the tables of onnxruntime's `ort.fbs`. */
const FIELD = { sessionModel: 1, modelGraph: 7, graphNodes: 2 } as const;

/** How many nodes the graph of an ORT file has, read from the flatbuffer itself. */
export function ortNodeCount(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const follow = (at: number): number => at + view.getUint32(at, true);
  const field = (table: number, index: number): number => {
    const layout = table - view.getInt32(table, true);
    return follow(table + view.getUint16(layout + 4 + 2 * index, true));
  };
  const session = follow(0);
  const graph = field(field(session, FIELD.sessionModel), FIELD.modelGraph);
  return view.getUint32(field(graph, FIELD.graphNodes), true);
}
