import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { DataSet } from '../../data/data-set.ts';
import { EvaluationError } from '../run/evaluation-error.ts';
import { type GivenLabels, type LabelUncertainty, LEAST_SHARE } from './label-uncertainty.ts';
import { isNumpy, parseNumpyMatrix } from './numpy-matrix.ts';
import { parseUncertaintyDocument } from './uncertainty-document.ts';

/**
 * Reads what people called the test pictures: a JSON document of ours, or a matrix of NumPy with a row a
 * test picture and a column a class, as CIFAR-10H publishes (Peterson et al. 2019, arXiv 1908.07086).
 * @throws EvaluationError UNCERTAINTY_UNREADABLE, UNCERTAINTY_INVALID, or DATA_MISMATCH where it is
 * of other pictures
 */
export async function readLabelUncertainty(path: string, data: DataSet): Promise<LabelUncertainty> {
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new EvaluationError(
      'UNCERTAINTY_UNREADABLE',
      `${path}: it could not be read (${cause.message}); name a file of label uncertainty.`,
      { cause },
    );
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const counted = isNumpy(bytes)
    ? matrixLabels(path, bytes, data)
    : parseUncertaintyDocument(path, bytes.toString('utf8'), data);
  const given = new Map<number, GivenLabels>();
  for (const [picture, labels] of counted) {
    const often = [...labels].filter(([, share]) => share === null || share >= LEAST_SHARE);
    given.set(picture, new Map(often));
  }
  return { sha256, given };
}

function matrixLabels(
  path: string,
  bytes: Uint8Array,
  { test }: DataSet,
): Map<number, GivenLabels> {
  const { rows, columns, values } = parseNumpyMatrix(path, bytes);
  const classes = test.labelNames.length;
  if (rows !== test.count || columns !== classes) {
    throw mismatch(
      path,
      `it has ${rows} rows of ${columns}, but there are ${test.count} test pictures of ${classes} classes`,
    );
  }
  const given = new Map<number, GivenLabels>();
  let agreed = 0;
  for (let picture = 0; picture < rows; picture++) {
    const row = Array.from(values.subarray(picture * columns, (picture + 1) * columns));
    const total = row.reduce((sum, value) => sum + value, 0);
    if (!row.every((value) => value >= 0) || !(total > 0) || !Number.isFinite(total)) {
      throw new EvaluationError(
        'UNCERTAINTY_INVALID',
        `${path}: row ${picture} is no distribution; it needs numbers from 0 on, not all of them 0.`,
      );
    }
    given.set(picture, new Map(row.map((value, label) => [label, value / total])));
    if (row[test.labels[picture]!] === Math.max(...row)) agreed++;
  }
  // A matrix has no fingerprint; but rows of other pictures, or in another order, agree by chance alone.
  if (agreed < rows / 2) {
    throw mismatch(
      path,
      `most people gave the label of the data set in ${agreed} of ${rows} rows alone: they are of other pictures, or in another order`,
    );
  }
  return given;
}

function mismatch(path: string, why: string): EvaluationError {
  return new EvaluationError(
    'DATA_MISMATCH',
    `${path}: ${why}; name the file of this data set's test pictures.`,
  );
}
