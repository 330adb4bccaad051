import { EvaluationError } from '../run/evaluation-error.ts';

/** Numbers in rows, one after the other. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

const MAGIC = '\x93NUMPY';

/** Whether a file begins as those of NumPy do. */
export function isNumpy(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1') === MAGIC;
}

/**
 * Reads a matrix of little-endian floating-point numbers in row order from a file of NumPy's format 1.0
 * to 3.0 (numpy.lib.format).
 * @throws EvaluationError UNCERTAINTY_INVALID where it is anything else
 */
export function parseNumpyMatrix(path: string, bytes: Uint8Array): Matrix {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isFirst = bytes[MAGIC.length] === 1;
  const start = isFirst ? 10 : 12;
  if (bytes.length < start) throw invalid(path, 'its head is cut short');
  const begin = start + (isFirst ? view.getUint16(8, true) : view.getUint32(8, true));
  const head = Buffer.from(bytes.subarray(start, begin)).toString('latin1');
  const type = /'descr':\s*'<f([48])'/.exec(head)?.[1];
  const [, rows, columns] = /'shape':\s*\((\d+),\s*(\d+),?\s*\)/.exec(head) ?? [];
  if (type === undefined || columns === undefined || !/'fortran_order':\s*False/.test(head)) {
    throw invalid(path, 'it is no matrix of <f8 or <f4 in row order');
  }
  const [size, count] = [Number(type), Number(rows) * Number(columns)];
  if (bytes.length !== begin + count * size) {
    throw invalid(path, `it has ${bytes.length} bytes where ${begin + count * size} are promised`);
  }
  const values = Float64Array.from({ length: count }, (_, index) =>
    size === 8
      ? view.getFloat64(begin + index * size, true)
      : view.getFloat32(begin + index * size, true),
  );
  return { rows: Number(rows), columns: Number(columns), values };
}

function invalid(path: string, what: string): EvaluationError {
  return new EvaluationError(
    'UNCERTAINTY_INVALID',
    `${path}: ${what}; save a row a test picture and a column a class by numpy.save.`,
  );
}
