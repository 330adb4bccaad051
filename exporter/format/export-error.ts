import { CodedError } from '../contract/coded-error.ts';

/** Why the exporter refuses a graph. */
export type ExportErrorCode =
  | 'RUNTIME_MISSING'
  | 'GRAPH_UNREADABLE'
  | 'GRAPH_PORTS'
  | 'GRAPH_BATCH'
  | 'GRAPH_DIFFERS'
  | 'GOLDEN_DIFFERS'
  | 'REFERENCE_SHAPE';

export class ExportError extends CodedError<ExportErrorCode> {}
