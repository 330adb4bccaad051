import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { loadCheckpoint, loadNetwork } from '../checkpoint/checkpoint.ts';
import { dataSetNames } from '../data/load.ts';
import { loadTrainingSet } from '../data/training-set.ts';
import { EDITABLE_CLIP_NORM } from '../editable/editable-options.ts';
import type { Architecture } from '../network/architecture.ts';
import { weightsDigest } from '../network/weights.ts';
import { bestEpoch, bestPath } from '../training/best-epoch.ts';
import { SCHEDULES, type Schedule } from '../training/schedule.ts';
import { startingWeights } from '../training/starting-weights.ts';
import { train } from '../training/train.ts';
import { plannedPictures, type TrainingPlan } from '../training/training-plan.ts';
import { type TrainingData, trainingData } from './data-option.ts';
import { type EditableOption, editableOptions, withEditableOptions } from './editable-option.ts';
import { type EngineOption, engineFor, withEngineOptions } from './engine-option.ts';
import { type DataDirOption, dataDirOption, notNegative, positive, wholeNumber } from './option.ts';
import { progress } from './progress.ts';
import { WORKSPACE } from './workspace.ts';

interface TrainOptions extends EngineOption, DataDirOption, EditableOption {
  readonly data: TrainingData;
  readonly width: number;
  readonly stem: Architecture['stem'];
  readonly extraBlock: boolean;
  readonly side?: number;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly weightDecay: number;
  readonly cutout: number;
  readonly clip?: number;
  readonly seed: number;
  readonly validation: number;
  readonly start?: string;
  readonly distil?: string;
  readonly out: string;
  readonly interval: number;
}

export function trainCommand(): Command {
  const command = new Command('train')
    .description('Train a ResNet-18; goes on from the checkpoint where a killed run left one.')
    .option('--data <name>', `${dataSetNames.join(', ')} or folder:PATH`, trainingData, 'embedded')
    .addOption(dataDirOption())
    .option('--width <channels>', 'channels of the first stage', wholeNumber(1), 64)
    .addOption(
      new Option('--stem <kind>', 'first layers').choices(['cifar', 'imagenet']).default('cifar'),
    )
    .option('--extra-block', 'a residual block before the head, for edits to change', false)
    .option('--side <pixels>', "train at this size instead of the pictures' own", wholeNumber(8))
    .option('--epochs <count>', 'passes over the data', wholeNumber(1), 10)
    .option('--batch <pictures>', 'pictures an update', wholeNumber(2), 128)
    .option('--learning-rate <rate>', "peak of Adam's learning rate", positive, 2e-3)
    .addOption(new Option('--schedule <name>').choices(SCHEDULES).default('one-cycle'))
    .option('--weight-decay <rate>', 'decoupled, of convolutions and the head', notNegative, 0)
    .option('--cutout <pixels>', 'side of a square to hide of each picture', wholeNumber(0), 0)
    .option('--clip <norm>', 'scale gradients down to this norm; 0 for not at all', notNegative)
    .option('--seed <number>', 'seed of all randomness', wholeNumber(0), 1)
    .option('--validation <share>', 'of the pictures, to choose the best epoch by', notNegative, 0)
    .option('--start <file>', 'checkpoint to take the first weights from')
    .option('--distil <file>', 'checkpoint whose answers to learn instead of the labels');
  withEditableOptions(command)
    .option('--out <file>', 'the checkpoint', WORKSPACE.checkpoint)
    .option('--interval <seconds>', 'time between checkpoints', notNegative, 60);
  return withEngineOptions(command)
    .addHelpText(
      'after',
      '\nExample:\n  patchwork train --data cifar10 --data-dir ~/cifar10 --width 16 --epochs 5',
    )
    .action(run);
}

async function run(options: TrainOptions): Promise<void> {
  const editable = editableOptions(options);
  const teacher = options.distil ? await loadNetwork(options.distil) : null;
  const started = options.start ? await loadNetwork(options.start) : null;
  const engine = await engineFor(options, options);
  const data = await loadTrainingSet(
    options.data,
    options.stem,
    (started ?? teacher)?.dataSet ?? null,
    { dir: options.dataDir, side: options.side },
  );
  const architecture: Architecture = {
    name: 'resnet18',
    stem: options.stem,
    width: options.width,
    classes: data.train.labelNames.length,
    ...(options.extraBlock && { extraBlock: true }),
  };
  const start =
    started && startingWeights(options.start!, started, { architecture, seed: options.seed });
  const expect = { expect: architecture };
  const resume = existsSync(options.out) ? await loadCheckpoint(options.out, expect) : null;
  const plan: TrainingPlan = {
    architecture,
    epochs: options.epochs,
    batchSize: options.batch,
    learningRate: options.learningRate,
    schedule: options.schedule,
    weightDecay: options.weightDecay,
    cutout: options.cutout,
    clipNorm: (options.clip ?? (editable ? EDITABLE_CLIP_NORM : 0)) || null,
    seed: options.seed,
    validation: options.validation,
    editable,
    startDigest: start && weightsDigest(start),
    teacherDigest: teacher && weightsDigest(teacher.weights),
  };
  const done = resume?.training.step ?? 0;
  console.error(
    `Training ${editable ? 'editable ' : ''}ResNet-18 of width ${options.width} on ${data.name} at ${data.train.height} x ${data.train.width}, seed ${options.seed}${done > 0 ? `, from update ${done}` : ''}.`,
  );
  const total = plannedPictures(plan, data.train.count);
  const line = progress(total, 'pictures', done * plan.batchSize);
  const { training } = await train({
    engine,
    data,
    plan,
    path: options.out,
    interval: options.interval,
    start,
    teacher,
    resume,
    onProgress: ({ pictures, epoch, latest }) => {
      line.update(pictures, `epoch ${epoch + 1}/${plan.epochs}, ${figures(latest)}`);
    },
  });
  line.end();
  const best = bestEpoch(training.curve);
  if (best) {
    console.log(`Best by validation: ${figures(best)}; its network ${bestPath(options.out)}.`);
  }
  console.log(`Trained ${training.epoch} epochs; checkpoint ${options.out}.`);
}

/** The figures of a point of the loss curve, but for its place. */
function figures({ step: _, updates: __, ...others }: Readonly<Record<string, number>>): string {
  return Object.entries(others)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(', ');
}
