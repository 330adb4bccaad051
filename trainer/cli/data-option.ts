import { InvalidArgumentError } from 'commander';
import { type DataSetName, dataSetNames, isDataSetName } from '../data/load.ts';
import { folderOption } from './option.ts';

/** What a network is or was trained on: a data set by its name, or pictures of one's own. */
export type TrainingData = DataSetName | Folder;

interface Folder {
  readonly folder: string;
}

/** Parses the name of a data set or `folder:PATH`, for commander. */
export function trainingData(text: string): TrainingData {
  if (isDataSetName(text)) return text;
  if (text.startsWith('folder:')) return { folder: folderOption(text) };
  throw new InvalidArgumentError(`Give ${dataSetNames.join(', ')} or folder:PATH.`);
}

export function isFolder(data: TrainingData | undefined): data is Folder {
  return typeof data === 'object';
}
