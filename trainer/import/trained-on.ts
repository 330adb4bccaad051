import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import type { TrainedOn } from '../checkpoint/checkpoint-metadata.ts';
import type { DataSet } from '../data/data-set.ts';
import { fittedData } from '../data/fitted-set.ts';
import { IMAGENET_CHANNELS, USUAL_SIDE } from '../data/usual-preprocessing.ts';
import { trainedOn } from '../training/training-record.ts';
import { ImportError } from './import-error.ts';

/** How pixels were prepared for a network, where it differs from what is usual. */
export interface Preparation {
  readonly size?: number | undefined;
  readonly mean?: Preprocessing['mean'] | undefined;
  readonly std?: Preprocessing['std'] | undefined;
}

/** A network that was trained on a data set that is known here, its pixels perhaps prepared otherwise. */
export function trainedOnDataSet(data: DataSet, { mean, std, size }: Preparation): TrainedOn {
  const fitted = size === undefined ? data : fittedData(data, { height: size, width: size });
  const known = trainedOn(fitted);
  const { preprocessing } = known;
  return {
    ...known,
    preprocessing: {
      ...preprocessing,
      mean: mean ?? preprocessing.mean,
      std: std ?? preprocessing.std,
    },
  };
}

/**
 * A network that was trained on data of its own, of which the labels are known.
 * @throws ImportError PREPROCESSING_MISSING where mean and standard deviation are neither given nor usual
 */
export function trainedOnLabels(
  labelNames: readonly string[],
  { mean, std, size }: Preparation,
): (stem: 'cifar' | 'imagenet', path: string) => TrainedOn {
  return (stem, path) => {
    const usual = stem === 'imagenet' ? IMAGENET_CHANNELS : { mean: undefined, std: undefined };
    const channels = { mean: mean ?? usual.mean, std: std ?? usual.std };
    if (!channels.mean || !channels.std) {
      throw new ImportError(
        'PREPROCESSING_MISSING',
        `${path}: networks for small pictures have no usual mean and standard deviation; give those that it was trained with, by --mean and --std.`,
      );
    }
    const side = size ?? USUAL_SIDE[stem];
    return {
      name: 'imported',
      fingerprint: createHash('sha256').update(labelNames.join('\n')).digest('hex'),
      labelNames,
      preprocessing: {
        height: side,
        width: side,
        resize: 'bilinear-antialias',
        mean: channels.mean,
        std: channels.std,
      },
    };
  };
}

/**
 * Reads label names, one a line, in the order of the network's classes.
 * @throws ImportError LABELS_INVALID
 */
export async function readLabels(path: string): Promise<string[]> {
  const invalid = (what: string, cause?: unknown) =>
    new ImportError(
      'LABELS_INVALID',
      `${path}: ${what}; write one label a line, in the network's order.`,
      {
        cause,
      },
    );
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw invalid(`it cannot be read (${cause.message})`, cause);
  });
  const labels = text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());
  const repeated = labels.find((label, index) => labels.indexOf(label) !== index);
  if (labels.includes('')) throw invalid('it has empty lines');
  if (repeated !== undefined) throw invalid(`it has "${repeated}" twice`);
  return labels;
}
