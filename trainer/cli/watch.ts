import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { loadNetwork } from '../checkpoint/checkpoint.ts';
import type { Fixer } from '../fix/fixer.ts';
import { withLog } from '../fix/log/log-writer.ts';
import { PatchLog } from '../fix/log/patch-log.ts';
import { EdgeClient } from '../ship/edge-client.ts';
import { ShipError } from '../ship/ship-error.ts';
import { Attempts } from '../watch/attempts.ts';
import { EdgeReports } from '../watch/edge-reports.ts';
import { FolderReports } from '../watch/folder-reports.ts';
import type { MistakeGroup } from '../watch/mistake-group.ts';
import type { ReportSource } from '../watch/report-source.ts';
import { giveUpGroup, settleGroup } from '../watch/settle-group.ts';
import { type Review, watchReports } from '../watch/watch-reports.ts';
import { engineFor } from './engine-option.ts';
import {
  authorship,
  type FixOptions,
  fixerOf,
  LOG_PATIENCE,
  withGatedOptions,
} from './fix-option.ts';
import { withStore } from './registry-option.ts';
import { type ShipOptions, shipWith, withShipOptions } from './ship-option.ts';
import { WORKSPACE } from './workspace.ts';

/** Between two looks at the queue, in milliseconds. */
const INTERVAL = 5_000;
const TOKEN = 'PATCHWORK_FEEDBACK_TOKEN';

interface WatchOptions extends FixOptions, ShipOptions {
  readonly checkpoint?: string;
  readonly folder?: string;
  readonly auto?: true;
  readonly once?: true;
}

export function watchCommand(): Command {
  const command = new Command('watch')
    .description('Fix and ship what people report, after review.')
    .option(
      '--checkpoint <file>',
      `the network before any fix (default: as logged, else ${WORKSPACE.checkpoint})`,
    )
    .option(
      '--folder <folder>',
      'class-named folders of pictures, in place of the reports of the edge',
    )
    .option('--auto', 'fix whatever the gate lets through, without review')
    .option('--once', 'look at the queue once, and end');
  return withShipOptions(withGatedOptions(command))
    .addHelpText(
      'after',
      `\nThe token that reports are read and settled with is taken from ${TOKEN}.\n\nExample:\n  patchwork watch\n  patchwork watch --auto --once --folder mistakes`,
    )
    .action(run);
}

async function run(options: WatchOptions): Promise<void> {
  const source = sourceOf(options);
  const logged = (await PatchLog.read(options.log)).state?.base.checkpoint;
  const checkpoint = options.checkpoint ?? logged ?? WORKSPACE.checkpoint;
  const network = await loadNetwork(checkpoint);
  const edge = new EdgeClient(options.edge);
  const attempts = await Attempts.read(join(options.log, 'attempts.json'));
  const engine = await engineFor(options, network.architecture);
  let fixer: Fixer | undefined;
  const fix = async (group: MistakeGroup) => {
    // Before anything is begun that an edge which is away would undo.
    await edge.swap();
    fixer ??= await fixerOf(options, engine, network);
    const opened = fixer;
    return withLog(options.log, LOG_PATIENCE, (writer) =>
      settleGroup(group, {
        writer,
        fixer: opened,
        checkpoint,
        ...authorship(options),
        ship: () =>
          withStore(options.registry, (store) =>
            shipWith(options, { writer, network, engine, store, bench: opened.bench }),
          ),
      }),
    );
  };
  const giveUp = (group: MistakeGroup, reason: string) =>
    withLog(options.log, LOG_PATIENCE, (writer) =>
      giveUpGroup(group, { writer, ...authorship(options) }, reason),
    );
  const say = (line: string) => console.log(line);
  const review = reviewer(options);
  const look = () => watchReports({ source, network, attempts, review, fix, giveUp, say });
  const once = options.once || (!options.auto && !process.stdin.isTTY);
  try {
    if (once) await look();
    else for (;;) await lookAgain(look);
  } finally {
    await fixer?.dispose();
  }
}

function sourceOf({ folder, edge }: WatchOptions): ReportSource {
  if (folder !== undefined) return new FolderReports(folder);
  const token = process.env[TOKEN];
  if (token) return new EdgeReports(new EdgeClient(edge, token));
  throw new ShipError(
    'TOKEN_MISSING',
    `Reports are read with a token: set ${TOKEN} to what the edge has as FEEDBACK_TOKEN, or name a --folder.`,
  );
}

/** Looks, waits, and outlives what keeps any fix from being made for a while. */
async function lookAgain(look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    console.error(`The queue waits: ${(error as Error).message}`);
  }
  await delay(INTERVAL);
}

/** Asks on a terminal; elsewhere only lists. */
function reviewer({ auto }: WatchOptions): (group: MistakeGroup) => Promise<Review> {
  if (auto) return async () => 'fix';
  return async ({ report, duplicates }) => {
    const again = duplicates.length === 0 ? '' : `, reported ${duplicates.length + 1} times`;
    const text = `${report.id}: should be "${report.label}"${again}.`;
    if (!process.stdin.isTTY) {
      console.log(`${text} Waits for review: run on a terminal, or with --auto.`);
      return 'skip';
    }
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      const answer = await terminal.question(`${text} Fix it? [y]es, [r]eject, or later: `);
      return answer.startsWith('y') ? 'fix' : answer.startsWith('r') ? 'reject' : 'skip';
    } finally {
      terminal.close();
    }
  };
}
