import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { saveCheckpoint } from '../checkpoint/checkpoint.ts';
import { folderLabels, loadFolderData } from '../data/folder/folder-data.ts';
import { dataSetNames, loadDataSet } from '../data/load.ts';
import { ImportError } from '../import/import-error.ts';
import { importNetwork } from '../import/import-network.ts';
import {
  type Preparation,
  readLabels,
  trainedOnDataSet,
  trainedOnLabels,
} from '../import/trained-on.ts';
import { trainedOn } from '../training/training-record.ts';
import { isFolder, type TrainingData, trainingData } from './data-option.ts';
import { type EngineOption, engineFor, withEngineOptions } from './engine-option.ts';
import { type DataDirOption, dataDirOption, number, wholeNumber } from './option.ts';
import { WORKSPACE } from './workspace.ts';

interface ImportOptions extends EngineOption, DataDirOption, Preparation {
  readonly data?: TrainingData;
  readonly labels?: string;
  readonly out: string;
}

export function importCommand(): Command {
  const command = new Command('import')
    .description('Take in a ResNet-18 of torchvision, as safetensors or ONNX, to patch it.')
    .argument('<file>', 'its state_dict() as safetensors, or an ONNX file')
    .option(
      '--data <name>',
      `what it was trained on: ${dataSetNames.join(', ')} or folder:PATH`,
      trainingData,
    )
    .option('--labels <file>', 'its labels, one a line, of other data')
    .option('--size <pixels>', 'height and width of its input', wholeNumber(1))
    .option('--mean <r,g,b>', 'what was taken from each channel, of values in [0, 1]', channels)
    .option('--std <r,g,b>', 'what each channel was divided by', divisors)
    .addOption(dataDirOption())
    .option('--out <file>', 'the checkpoint', WORKSPACE.checkpoint);
  return withEngineOptions(command)
    .addHelpText(
      'after',
      '\nExample:\n  patchwork import network.safetensors --data cifar10 --out imported.safetensors\n  patchwork import network.onnx --labels labels.txt\n  patchwork import network.onnx --data folder:photos',
    )
    .action(run);
}

async function run(path: string, options: ImportOptions): Promise<void> {
  const { out, data } = options;
  const described = await describeTraining(options);
  if (existsSync(out)) {
    throw new ImportError(
      'CHECKPOINT_TAKEN',
      `${out} holds a network already; name another file with --out. It was not changed.`,
    );
  }
  const { network, check } = await importNetwork({
    openEngine: (architecture) => engineFor(options, architecture),
    path,
    trainedOn: described,
  });
  const own = isFolder(data) ? await loadFolderData(data.folder, network.dataSet) : null;
  await saveCheckpoint(out, own ? { ...network, dataSet: trainedOn(own) } : network);
  const { stem, width, classes } = network.architecture;
  const checked = check
    ? ` Its logits are within ${check.maxDifference.toExponential(1)} of the file's on ${check.images} images.`
    : '';
  console.log(
    `Imported a ResNet-18 with ${stem} stem, width ${width} and ${classes} classes into ${out}.${checked}`,
  );
}

async function describeTraining(options: ImportOptions) {
  const { data, labels, dataDir } = options;
  if (labels !== undefined) {
    if (data === undefined || isFolder(data)) {
      return trainedOnLabels(await readLabels(labels), options);
    }
    throw new ImportError(
      'LABELS_INVALID',
      `The labels of ${data} are known; leave out --labels, or --data where it was trained on others.`,
    );
  }
  if (isFolder(data)) return trainedOnLabels(await folderLabels(data.folder), options);
  if (data === undefined) {
    throw new ImportError(
      'LABELS_INVALID',
      'A network does not say what its classes are called; give --data or --labels.',
    );
  }
  const known = trainedOnDataSet(await loadDataSet(data, { dir: dataDir }), options);
  return () => known;
}

/** Parses three numbers separated by commas, for commander. */
function channels(text: string): [number, number, number] {
  const values = text.split(',').map(number);
  if (values.length === 3) return values as [number, number, number];
  throw new InvalidArgumentError('Give three numbers, such as 0.5,0.5,0.5.');
}

/** As `channels`, for divisors. */
function divisors(text: string): [number, number, number] {
  const values = channels(text);
  if (values.every((value) => value > 0)) return values;
  throw new InvalidArgumentError('Give three numbers above 0, such as 0.25,0.25,0.25.');
}
