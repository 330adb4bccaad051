import { ELEMENT_TYPES, LOCATION_CPU, POINTER_BYTES } from './c-api.ts';
import type { OrtInstance } from './instance.ts';

const ELEMENT_BYTES: Readonly<Record<number, number>> = {
  [ELEMENT_TYPES.float32]: 4,
  [ELEMENT_TYPES.int32]: 4,
  [ELEMENT_TYPES.float16]: 2,
  [ELEMENT_TYPES.int8]: 1,
  [ELEMENT_TYPES.uint8]: 1,
};

/**
 * A tensor over heap bytes that stay the caller's. To be called within `guard`.
 * @returns its handle, to be released
 * @throws RuntimeError RUN_FAILED or INSTANCE_LOST
 */
export function createTensor(
  instance: OrtInstance,
  elementType: number,
  data: number,
  dims: readonly number[],
): number {
  const { module, heap } = instance;
  const shape = module.stackAlloc(dims.length * POINTER_BYTES);
  heap.wordsAt(shape, dims.length).set(dims);
  const bytes = dims.reduce((product, dim) => product * dim, ELEMENT_BYTES[elementType] ?? 0);
  const tensor = module._OrtCreateTensor(
    elementType,
    data,
    bytes,
    shape,
    dims.length,
    LOCATION_CPU,
  );
  instance.check(tensor !== 0, 'RUN_FAILED', 'Making a tensor');
  return tensor;
}
