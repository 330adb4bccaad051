import type { CheckpointError } from './checkpoint-error.ts';
import { duplicateKey } from './duplicate-key.ts';
import { DTYPE_BYTES, type Dtype, elementsOf } from './safe-tensor.ts';

/** The format's own bound. */
const MOST_HEADER_BYTES = 100_000_000;

/** Where a tensor lies, in bytes from the beginning of the data. */
export interface TensorEntry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the data begins in the file. */
  readonly dataStart: number;
}

type Invalid = (what: string, cause?: unknown) => CheckpointError;

/**
 * Reads and checks the header: its tensors are well-formed and cover the rest of the file without gap or
 * overlap. Throws what `invalid` makes.
 */
export function readSafetensorsHeader(bytes: Uint8Array, invalid: Invalid): SafetensorsHeader {
  if (bytes.length < 8) throw invalid(`it has ${bytes.length} bytes, fewer than a header's length`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > MOST_HEADER_BYTES) throw invalid(`it states a header of ${length} bytes`);
  const dataStart = 8 + length;
  if (dataStart > bytes.length) {
    throw invalid(`it is cut short: its header ends at byte ${dataStart} of ${bytes.length}`);
  }
  const { __metadata__: metadata = {}, ...tensors } = parseHeader(
    bytes.subarray(8, dataStart),
    invalid,
  );
  if (!isObject(metadata) || !Object.values(metadata).every((text) => typeof text === 'string')) {
    throw invalid('its __metadata__ is not a map of strings');
  }
  const entries = new Map(
    Object.entries(tensors).map(([name, entry]) => [name, readEntry(name, entry, invalid)]),
  );
  checkCoverage(entries, bytes.length - dataStart, invalid);
  return { entries, metadata: metadata as Record<string, string>, dataStart };
}

function parseHeader(bytes: Uint8Array, invalid: Invalid): Record<string, unknown> {
  if (bytes[0] !== 0x7b) throw invalid('its header does not begin with {');
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    throw invalid('its header is not JSON', cause);
  }
  if (!isObject(header)) throw invalid('its header is not a JSON object');
  const duplicate = duplicateKey(text);
  if (duplicate !== null) throw invalid(`its header names "${duplicate}" twice`);
  return header;
}

function readEntry(name: string, entry: unknown, invalid: Invalid): TensorEntry {
  if (!isObject(entry)) throw invalid(`tensor "${name}" has no description`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    const known = Object.keys(DTYPE_BYTES).join(', ');
    throw invalid(`tensor "${name}" is ${JSON.stringify(dtype)}, and only ${known} are read`);
  }
  if (!isCounts(shape)) throw invalid(`tensor "${name}" has no valid shape`);
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw invalid(`tensor "${name}" has no valid data_offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const size = elementsOf(shape) * DTYPE_BYTES[dtype as Dtype];
  if (end - begin !== size) {
    throw invalid(`tensor "${name}" has ${end - begin} bytes, its shape [${shape}] needs ${size}`);
  }
  return { dtype: dtype as Dtype, shape, begin, end };
}

function checkCoverage(
  entries: ReadonlyMap<string, TensorEntry>,
  size: number,
  invalid: Invalid,
): void {
  const placed = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const [name, { begin, end }] of placed) {
    if (begin !== covered) {
      const fault = begin < covered ? 'overlaps another' : 'follows a gap';
      throw invalid(`the data of tensor "${name}" ${fault} at byte ${begin} of the data`);
    }
    covered = end;
  }
  if (covered > size) throw invalid(`it is cut short: ${size} bytes of data, ${covered} described`);
  if (covered < size) throw invalid(`it has ${size - covered} bytes that no tensor describes`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}
