import { CodedError } from '../contract/coded-error.ts';

/** Why the exporter refuses a graph or a form of it. */
export type ExportErrorCode =
  | 'FORM_UNKNOWN'
  | 'STAGE_UNAVAILABLE'
  /** The converted form does not give a patched picture, or its neighbours, the label any more. */
  | 'FIX_LOST'
  /** The conversion changes too many answers on the control set. */
  | 'DAMAGE_EXCEEDED'
  | 'HEAP_EXCEEDED'
  | 'HEAP_UNMEASURED'
  | 'RUNTIME_MISSING'
  | 'GRAPH_UNREADABLE'
  | 'GRAPH_PORTS'
  | 'GRAPH_BATCH'
  | 'GRAPH_DIFFERS'
  | 'GOLDEN_DIFFERS'
  | 'REFERENCE_SHAPE';

export class ExportError extends CodedError<ExportErrorCode> {}
