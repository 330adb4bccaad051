#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { Command } from 'commander';
import { withLargePages } from './large-pages.ts';
import { reportFailure } from './report-failure.ts';

// Libraries that were compiled before load in half the time.
enableCompileCache();

/** In the order of the help. Each is loaded only when it is asked for: most need no tensor library. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.ts')).startCommand(),
  data: async () => (await import('./data.ts')).dataCommand(),
  train: async () => (await import('./train.ts')).trainCommand(),
  import: async () => (await import('./import.ts')).importCommand(),
  evaluate: async () => (await import('./evaluate.ts')).evaluateCommand(),
  patch: async () => (await import('./patch.ts')).patchCommand(),
  fix: async () => (await import('./fix.ts')).fixCommand(),
  log: async () => (await import('./log.ts')).logCommand(),
  undo: async () => (await import('./undo.ts')).undoCommand(),
  rebase: async () => (await import('./rebase.ts')).rebaseCommand(),
  bisect: async () => (await import('./bisect.ts')).bisectCommand(),
  ship: async () => (await import('./ship.ts')).shipCommand(),
  watch: async () => (await import('./watch.ts')).watchCommand(),
  export: async () => (await import('./export.ts')).exportCommand(),
  package: async () => (await import('./package.ts')).packageCommand(),
  publish: async () => (await import('./publish.ts')).publishCommand(),
  promote: async () => (await import('./promote.ts')).promoteCommand(),
  rollout: async () => (await import('./rollout.ts')).rolloutCommand(),
  rollback: async () => (await import('./rollback.ts')).rollbackCommand(),
  list: async () => (await import('./list.ts')).listCommand(),
  show: async () => (await import('./show.ts')).showCommand(),
  verify: async () => (await import('./verify.ts')).verifyCommand(),
  gc: async () => (await import('./gc.ts')).gcCommand(),
  keys: async () => (await import('./keys.ts')).keysCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  engine: async () => (await import('./engine.ts')).engineCommand(),
};

/** Those that run networks. */
const COMPUTING = [
  'start',
  'train',
  'evaluate',
  'patch',
  'fix',
  'undo',
  'rebase',
  'bisect',
  'ship',
  'watch',
  'export',
  'package',
];

const asked = process.argv.slice(2).find((argument) => !argument.startsWith('-'));
if (asked !== undefined && COMPUTING.includes(asked)) withLargePages();

const loads =
  asked !== undefined && Object.hasOwn(COMMANDS, asked)
    ? [COMMANDS[asked]!]
    : Object.values(COMMANDS);

const program = new Command('patchwork')
  .description('Hot-fixes for image classifiers, served at the edge.')
  .option('--debug', 'print the stack of an error')
  .addHelpText('after', '\nExample:\n  patchwork start --once\n  patchwork train --help');

for (const command of await Promise.all(loads.map((load) => load()))) program.addCommand(command);

try {
  await program.parseAsync();
} catch (error) {
  reportFailure(error, program.opts<{ debug?: boolean }>().debug === true);
  process.exitCode = 1;
}
