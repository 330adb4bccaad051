import { CodedError } from '../../exporter/contract/coded-error.ts';
import { elementCount } from './shape.ts';

/** What can go wrong where tensors are computed. */
export type EngineErrorCode =
  | 'ENGINE_UNAVAILABLE'
  | 'KERNEL_UNSUPPORTED'
  | 'SHAPE_MISMATCH'
  | 'VALUE_DISPOSED'
  | 'VALUE_FOREIGN'
  | 'VALUE_NOT_CONSTANT';

export class EngineError extends CodedError<EngineErrorCode> {}

/** A value was used after it was disposed of. */
export function valueDisposed(shape: readonly number[]): EngineError {
  return new EngineError(
    'VALUE_DISPOSED',
    `value of shape [${shape}] was disposed before this use; dispose values after their last run or read`,
  );
}

/** An input was made by another engine than the one that is to compute with it. */
export function valueForeign(engineName: string, inputName: string): EngineError {
  return new EngineError(
    'VALUE_FOREIGN',
    `input ${inputName} was not made by the ${engineName} engine; read it and upload it to this engine`,
  );
}

/** @throws EngineError SHAPE_MISMATCH when `data` does not fill `shape` */
export function checkElements(data: Float32Array, shape: readonly number[]): void {
  const size = elementCount(shape);
  if (data.length === size) return;
  throw new EngineError(
    'SHAPE_MISMATCH',
    `upload got ${data.length} elements for shape [${shape}], which holds ${size}`,
  );
}
