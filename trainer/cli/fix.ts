import { Command } from 'commander';
import { fitPicture } from '../../exporter/contract/picture/preprocess.ts';
import { loadNetwork, type TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { ControlError } from '../control/control-error.ts';
import { readPictureFile } from '../data/picture-file.ts';
import type { Engine } from '../engine/engine.ts';
import { compareFix } from '../fix/compare-fix.ts';
import { havePictures } from '../fix/control/stored-controls.ts';
import { describeFix } from '../fix/describe-fix.ts';
import { type FixOutcome, fixAndLog } from '../fix/fix-and-log.ts';
import { FixError } from '../fix/fix-error.ts';
import type { Comparison } from '../fix/fix-record.ts';
import { withLog } from '../fix/log/log-writer.ts';
import { writeFixReport } from '../fix/report/write-report.ts';
import { labelIndex, patchConstraint } from '../patch/make-patch.ts';
import type { PatchConstraint } from '../patch/patch.ts';
import { describeShipped } from '../ship/describe-shipped.ts';
import { candidateTable } from './candidate-table.ts';
import { engineFor } from './engine-option.ts';
import {
  authorship,
  type FixOptions,
  fixerOf,
  LOG_PATIENCE,
  withFixOptions,
} from './fix-option.ts';
import { collect } from './option.ts';
import { type OpeningStore, openAhead } from './registry-option.ts';
import { type ShipOptions, shipWith, withShipOptions } from './ship-option.ts';
import { WORKSPACE } from './workspace.ts';

interface FixCommandOptions extends FixOptions, ShipOptions {
  readonly image: string[];
  readonly label: string[];
  readonly checkpoint: string;
  readonly compare?: string;
  readonly withImages?: true;
  readonly ship?: true;
}

export function fixCommand(): Command {
  const command = new Command('fix')
    .description('Find the least damaging edit that fixes pictures, gate it, and log it.')
    .requiredOption('--image <file>', 'a picture: PNG, JPEG or WebP; may be repeated', collect)
    .requiredOption('--label <name>', 'the label it should get, one an image', collect)
    .option('--checkpoint <file>', 'the network before any fix', WORKSPACE.checkpoint)
    .option('--compare <checkpoint>', 'make the same fix on another network, side by side')
    .option('--with-images', 'show control pictures in the report')
    .option('--ship', 'publish an accepted fix, and take it back where the edge answers wrongly');
  return withShipOptions(withFixOptions(command))
    .addHelpText(
      'after',
      '\nExample:\n  patchwork fix --image photo.png --label cat\n  patchwork fix --image photo.png --label cat --ship --edge https://patchwork.example.workers.dev',
    )
    .action(run);
}

async function run(options: FixCommandOptions): Promise<void> {
  if (options.withImages && options.data && 'activations' in options.data) {
    throw new ControlError(
      'PICTURES_MISSING',
      'Control activations hold no pictures to show: leave --with-images out, or give pictures by --data.',
    );
  }
  const network = await loadNetwork(options.checkpoint);
  const constraints = await readConstraints(options, network);
  const engine = await engineFor(options, network.architecture);
  const registry = options.ship ? openAhead(options.registry) : null;
  try {
    await fixAndShip(options, network, constraints, engine, registry);
  } finally {
    await registry?.close();
  }
}

async function fixAndShip(
  options: FixCommandOptions,
  network: TrainedNetwork,
  constraints: readonly PatchConstraint[],
  engine: Engine,
  registry: OpeningStore | null,
): Promise<void> {
  await withLog(options.log, LOG_PATIENCE, async (writer) => {
    writer.log.checkBase(network.weights);
    const fixer = await fixerOf(options, engine, network);
    try {
      const { compare, checkpoint, force } = options;
      const made = await fixAndLog({
        writer,
        fixer,
        checkpoint,
        constraints,
        force: force === true,
        ...authorship(options),
        observe: candidateTable(),
        ...(compare !== undefined && {
          compare: () => comparison(compare, options, engine, constraints),
        }),
      });
      if (made.kind !== 'known') {
        const { controls } = fixer.bench;
        const shown = options.withImages && havePictures(controls) ? controls : null;
        console.error(`Report: ${await writeFixReport(writer.log, made.fix, shown)}`);
      }
      report(made);
      if (!registry) return;
      const record = made.kind === 'known' ? null : made.fix.record;
      const { bench } = fixer;
      const store = await registry.opened;
      const shipped = await shipWith(options, { writer, network, engine, store, bench });
      const seconds = performance.now() / 1000;
      for (const line of describeShipped(shipped, record, seconds)) console.log(line);
    } finally {
      await fixer.dispose();
    }
  });
}

async function readConstraints(
  { image, label }: FixCommandOptions,
  { dataSet }: TrainedNetwork,
): Promise<PatchConstraint[]> {
  if (image.length !== label.length) {
    throw new FixError(
      'LABELS_UNEQUAL',
      `There are ${image.length} pictures and ${label.length} labels; give --label once for each --image.`,
    );
  }
  const { height, width } = dataSet.preprocessing;
  const constraints: PatchConstraint[] = [];
  for (const [position, file] of image.entries()) {
    const name = label[position]!;
    const index = labelIndex(dataSet.labelNames, name);
    const pixels = fitPicture(await readPictureFile(file), dataSet.preprocessing);
    constraints.push(await patchConstraint({ height, width, pixels }, index, name));
  }
  return constraints;
}

async function comparison(
  checkpoint: string,
  options: FixCommandOptions,
  engine: Engine,
  constraints: readonly PatchConstraint[],
): Promise<Comparison> {
  const fixer = await fixerOf(options, engine, await loadNetwork(checkpoint));
  try {
    return await compareFix(fixer, checkpoint, constraints);
  } finally {
    await fixer.dispose();
  }
}

function report(outcome: FixOutcome): void {
  if (outcome.kind === 'known') {
    console.log(`Fixed already, by ${outcome.id}.`);
    return;
  }
  const { record } = outcome.fix;
  for (const line of describeFix(record)) console.log(line);
  if (outcome.kind === 'logged') {
    console.log(`Fix ${record.id} is in the log.`);
    return;
  }
  const advice = record.decision.verdict === 'cache' ? 'use a cache entry instead' : 'see above';
  throw new FixError(
    'GATE_REJECTED',
    `The gate refuses fix ${record.id}: ${advice}. The log is as it was; --force logs it all the same.`,
  );
}
