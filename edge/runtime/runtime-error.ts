import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can go wrong between us and onnxruntime. */
export type RuntimeErrorCode =
  /** The heap has no room below its cap; nothing was changed. */
  | 'HEAP_FULL'
  /** onnxruntime does not open the graph, or the graph is not the one that the manifest describes. */
  | 'GRAPH_REFUSED'
  | 'RUN_FAILED'
  /** The instance can no longer be trusted: it ran out of memory inside, or trapped. */
  | 'INSTANCE_LOST'
  /** It was lost before, by another call. */
  | 'INSTANCE_GONE';

export class RuntimeError extends CodedError<RuntimeErrorCode> {}
