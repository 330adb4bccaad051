import { CheckpointError } from './checkpoint-error.ts';
import { DTYPE_BYTES, elementsOf, type SafeTensor, tensorOf } from './safe-tensor.ts';
import { readSafetensorsHeader } from './safetensors-header.ts';

/** The content of a safetensors file. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes the safetensors format (github.com/huggingface/safetensors): the header's length as u64, a JSON
 * header, the data. The same tensors and metadata give the same bytes, in whatever order they come:
 * names are sorted, and so is the data, largest elements first, so that each tensor is aligned to its
 * elements without the gaps that the format forbids. Data begins at a multiple of 8.
 * @throws RangeError when a tensor's data does not fill its shape, or a tensor is named `__metadata__`
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const placed = [...tensors].sort(
    ([name, a], [other, b]) =>
      DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype] || compareNames(name, other),
  );
  const entries: [string, object][] = [];
  let size = 0;
  for (const [name, { dtype, shape, data }] of placed) {
    if (data.length !== elementsOf(shape) || name === '__metadata__') {
      throw new RangeError(`Tensor "${name}" of ${data.length} elements is not [${shape}].`);
    }
    entries.push([name, { dtype, shape, data_offsets: [size, size + data.byteLength] }]);
    size += data.byteLength;
  }
  entries.sort(([name], [other]) => compareNames(name, other));
  const described = Object.entries(metadata).sort(([key], [other]) => compareNames(key, other));
  const header = new TextEncoder().encode(
    JSON.stringify(
      Object.fromEntries([['__metadata__', Object.fromEntries(described)], ...entries]),
    ),
  );

  const start = 8 + Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(start + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.fill(0x20, 8, start);
  bytes.set(header, 8);
  let offset = start;
  for (const [, { data }] of placed) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * Reads the safetensors format, as strictly as its own library.
 * @param where what the bytes are, such as a path, for the error
 * @param wanted which tensors to take; the others are checked but not copied
 * @throws CheckpointError SAFETENSORS_INVALID
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  where: string,
  wanted: (name: string) => boolean = () => true,
): Safetensors {
  const invalid = (what: string, cause?: unknown): CheckpointError =>
    new CheckpointError(
      'SAFETENSORS_INVALID',
      `${where}: ${what}; use an undamaged safetensors file.`,
      cause === undefined ? {} : { cause },
    );
  const { entries, metadata, dataStart } = readSafetensorsHeader(bytes, invalid);
  const tensors = new Map<string, SafeTensor>();
  for (const [name, { dtype, shape, begin, end }] of entries) {
    if (!wanted(name)) continue;
    const data = bytes.subarray(dataStart + begin, dataStart + end);
    tensors.set(name, tensorOf(dtype, shape, data));
  }
  return { tensors, metadata };
}

/** By UTF-16 code units: the same on every machine, unlike a locale's order. */
function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
