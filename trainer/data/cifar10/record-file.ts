import { type FileHandle, open } from 'node:fs/promises';
import { DataError } from '../data-error.ts';
import { cifar10Layout, howToGetCifar10 } from './layout.ts';

const { recordBytes, recordsPerFile, side, labelNames } = cifar10Layout;
const plane = side * side;

/**
 * Reads one file of records.
 * @param labels gets the labels, [records]
 * @param pixels gets the pictures, [records,H,W,3]
 * @throws DataError DATA_MISSING, DATA_INACCESSIBLE or DATA_MALFORMED, naming the file and where it is wrong
 */
export async function readRecordFile(
  path: string,
  labels: Uint8Array,
  pixels: Uint8Array,
): Promise<void> {
  const bytes = await opened(path, async (file) => {
    await checkLength(path, file);
    return file.readFile();
  });
  for (let record = 0; record < recordsPerFile; record++) {
    const offset = record * recordBytes;
    const label = bytes[offset]!;
    if (label >= labelNames.length) {
      throw new DataError(
        'DATA_MALFORMED',
        `${path}: record ${record} (byte ${offset}) has the label ${label}; labels go from 0 to ${labelNames.length - 1}. The file is damaged, or not the binary version of CIFAR-10. ${howToGetCifar10}`,
      );
    }
    labels[record] = label;
    interleave(bytes, offset + 1, pixels, record * plane * 3);
  }
}

/**
 * Checks that a file of records is there and has its exact length, without reading it.
 * @throws DataError as `readRecordFile` does
 */
export async function checkRecordFile(path: string): Promise<void> {
  await opened(path, (file) => checkLength(path, file));
}

async function checkLength(path: string, file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const expected = recordsPerFile * recordBytes;
  if (size === expected) return;
  const whole = Math.floor(size / recordBytes);
  const problem =
    size < expected
      ? `is cut off: it ends at byte ${size}, in record ${whole}`
      : `has ${size - expected} bytes after its last record`;
  throw new DataError(
    'DATA_MALFORMED',
    `${path} ${problem}; expected ${expected} bytes, which are ${recordsPerFile} records of ${recordBytes}. ${howToGetCifar10}`,
  );
}

async function opened<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    return await use(file);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new DataError('DATA_MISSING', `${path} is missing. ${howToGetCifar10}`, { cause });
    }
    throw new DataError('DATA_INACCESSIBLE', `${path} cannot be read: ${message}.`, { cause });
  } finally {
    await file?.close();
  }
}

function interleave(planes: Uint8Array, from: number, pixels: Uint8Array, to: number): void {
  for (let i = 0; i < plane; i++) {
    pixels[to + 3 * i] = planes[from + i]!;
    pixels[to + 3 * i + 1] = planes[from + plane + i]!;
    pixels[to + 3 * i + 2] = planes[from + 2 * plane + i]!;
  }
}
