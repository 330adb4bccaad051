import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { loadCheckpoint, loadNetwork } from '../checkpoint/checkpoint.ts';
import { dataSetNames, loadDataSet } from '../data/load.ts';
import { EDITABLE_DEFAULTS } from '../editable/editable-objective.ts';
import { gradientDescent } from '../editor/gradient-descent.ts';
import { selectEngine } from '../engine/select.ts';
import type { Architecture, Stage } from '../network/architecture.ts';
import { weightsDigest } from '../network/weights.ts';
import { SCHEDULES, type Schedule } from '../training/schedule.ts';
import { train } from '../training/train.ts';
import type { TrainingPlan } from '../training/training-plan.ts';
import {
  type DataDirOption,
  dataDirOption,
  type EngineOption,
  engineOption,
  notNegative,
  positive,
  stages,
  wholeNumber,
} from './option.ts';
import { progress } from './progress.ts';
import { WORKSPACE } from './workspace.ts';

interface TrainOptions extends EngineOption, DataDirOption {
  readonly data: string;
  readonly width: number;
  readonly stem: Architecture['stem'];
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly seed: number;
  readonly start?: string;
  readonly editable: boolean;
  readonly editorRate: number;
  readonly editorSteps: number;
  readonly margin: number;
  readonly stages: Stage[];
  readonly editWeight: number;
  readonly localityWeight: number;
  readonly out: string;
  readonly interval: number;
}

export function trainCommand(): Command {
  const editable = EDITABLE_DEFAULTS;
  return new Command('train')
    .description('Train a ResNet-18; goes on from the checkpoint where a killed run left one.')
    .addOption(new Option('--data <name>', 'data set').choices(dataSetNames).default('embedded'))
    .addOption(dataDirOption())
    .option('--width <channels>', 'channels of the first stage', wholeNumber(1), 64)
    .addOption(
      new Option('--stem <kind>', 'first layers').choices(['cifar', 'imagenet']).default('cifar'),
    )
    .option('--epochs <count>', 'passes over the data', wholeNumber(1), 10)
    .option('--batch <pictures>', 'pictures an update', wholeNumber(2), 128)
    .option('--learning-rate <rate>', "peak of Adam's learning rate", positive, 2e-3)
    .addOption(new Option('--schedule <name>').choices(SCHEDULES).default('one-cycle'))
    .option('--seed <number>', 'seed of all randomness', wholeNumber(0), 1)
    .option('--start <file>', 'checkpoint to take the first weights from')
    .option('--editable', 'Editable Training instead of ordinary training', false)
    .option('--editor-rate <rate>', 'rate of the gradient-descent editor', positive, editable.rate)
    .option('--editor-steps <count>', 'steps of it to unroll', wholeNumber(1), editable.steps)
    .option('--margin <nats>', 'how far an edit must win', notNegative, editable.margin)
    .option('--stages <names>', 'what edits may change', stages, [...editable.stages])
    .option('--edit-weight <c>', 'weight of the edit loss', notNegative, editable.editWeight)
    .option('--locality-weight <c>', 'weight of locality', notNegative, editable.localityWeight)
    .option('--out <file>', 'the checkpoint', WORKSPACE.checkpoint)
    .option('--interval <seconds>', 'time between checkpoints', notNegative, 60)
    .addOption(engineOption())
    .addHelpText(
      'after',
      '\nExample:\n  patchwork train --data cifar10 --data-dir ~/cifar10 --width 16 --epochs 5',
    )
    .action(run);
}

async function run(options: TrainOptions): Promise<void> {
  const { engine, notes } = await selectEngine(options.engine);
  for (const note of notes) console.error(note);
  const data = await loadDataSet(options.data, { dir: options.dataDir });
  const architecture: Architecture = {
    name: 'resnet18',
    stem: options.stem,
    width: options.width,
    classes: data.train.labelNames.length,
  };
  const expect = { expect: architecture };
  const start = options.start ? (await loadNetwork(options.start, expect)).weights : null;
  const resume = existsSync(options.out) ? await loadCheckpoint(options.out, expect) : null;
  const plan: TrainingPlan = {
    architecture,
    epochs: options.epochs,
    batchSize: options.batch,
    learningRate: options.learningRate,
    schedule: options.schedule,
    seed: options.seed,
    editable: options.editable
      ? {
          editor: gradientDescent(options.editorRate),
          steps: options.editorSteps,
          margin: options.margin,
          stages: options.stages,
          editWeight: options.editWeight,
          localityWeight: options.localityWeight,
        }
      : null,
    startDigest: start && weightsDigest(start),
  };
  const done = resume?.training.step ?? 0;
  console.error(
    `Training ${plan.editable ? 'editable ' : ''}ResNet-18 of width ${options.width} on ${data.name}, seed ${options.seed}${done > 0 ? `, from update ${done}` : ''}.`,
  );
  const total = plan.epochs * Math.floor(data.train.count / plan.batchSize) * plan.batchSize;
  const line = progress(total, 'pictures', done * plan.batchSize);
  const finished = await train({
    engine,
    data,
    plan,
    path: options.out,
    interval: options.interval,
    start,
    resume,
    onProgress: ({ pictures, epoch, latest }) => {
      const { step: _, updates: __, ...means } = latest;
      const figures = Object.entries(means).map(([name, value]) => `${name} ${value.toFixed(3)}`);
      line.update(pictures, [`epoch ${epoch + 1}/${plan.epochs}`, ...figures].join(', '));
    },
  });
  line.end();
  console.log(`Trained ${finished.training.epoch} epochs; checkpoint ${options.out}.`);
}
