#!/usr/bin/env node
import { Command } from 'commander';
import { dataCommand } from './data.ts';
import { doctorCommand } from './doctor.ts';
import { engineCommand } from './engine.ts';
import { evaluateCommand } from './evaluate.ts';
import { exportCommand } from './export.ts';
import { patchCommand } from './patch.ts';
import { publishCommand } from './publish.ts';
import { reportFailure } from './report-failure.ts';
import { rollbackCommand } from './rollback.ts';
import { startCommand } from './start.ts';
import { trainCommand } from './train.ts';
import { versionsCommand } from './versions.ts';

const program = new Command('patchwork')
  .description('Hot-fixes for image classifiers, served at the edge.')
  .option('--debug', 'print the stack of an error')
  .addCommand(startCommand())
  .addCommand(dataCommand())
  .addCommand(trainCommand())
  .addCommand(evaluateCommand())
  .addCommand(patchCommand())
  .addCommand(exportCommand())
  .addCommand(publishCommand())
  .addCommand(rollbackCommand())
  .addCommand(versionsCommand())
  .addCommand(doctorCommand())
  .addCommand(engineCommand())
  .addHelpText('after', '\nExample:\n  patchwork start --once\n  patchwork train --help');

try {
  await program.parseAsync();
} catch (error) {
  reportFailure(error, program.opts<{ debug?: boolean }>().debug === true);
  process.exitCode = 1;
}
