import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can go wrong where tensors are computed. */
export type EngineErrorCode =
  | 'ENGINE_UNAVAILABLE'
  | 'KERNEL_UNSUPPORTED'
  | 'SHAPE_MISMATCH'
  | 'VALUE_DISPOSED'
  | 'VALUE_FOREIGN'
  | 'VALUE_NOT_CONSTANT';

export class EngineError extends CodedError<EngineErrorCode> {}
