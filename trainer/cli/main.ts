#!/usr/bin/env node
import { Command } from 'commander';
import { bisectCommand } from './bisect.ts';
import { dataCommand } from './data.ts';
import { doctorCommand } from './doctor.ts';
import { engineCommand } from './engine.ts';
import { evaluateCommand } from './evaluate.ts';
import { exportCommand } from './export.ts';
import { fixCommand } from './fix.ts';
import { gcCommand } from './gc.ts';
import { importCommand } from './import.ts';
import { keysCommand } from './keys.ts';
import { listCommand } from './list.ts';
import { logCommand } from './log.ts';
import { packageCommand } from './package.ts';
import { patchCommand } from './patch.ts';
import { promoteCommand } from './promote.ts';
import { publishCommand } from './publish.ts';
import { rebaseCommand } from './rebase.ts';
import { reportFailure } from './report-failure.ts';
import { rollbackCommand } from './rollback.ts';
import { shipCommand } from './ship.ts';
import { showCommand } from './show.ts';
import { startCommand } from './start.ts';
import { trainCommand } from './train.ts';
import { undoCommand } from './undo.ts';
import { verifyCommand } from './verify.ts';
import { watchCommand } from './watch.ts';

const program = new Command('patchwork')
  .description('Hot-fixes for image classifiers, served at the edge.')
  .option('--debug', 'print the stack of an error')
  .addCommand(startCommand())
  .addCommand(dataCommand())
  .addCommand(trainCommand())
  .addCommand(importCommand())
  .addCommand(evaluateCommand())
  .addCommand(patchCommand())
  .addCommand(fixCommand())
  .addCommand(logCommand())
  .addCommand(undoCommand())
  .addCommand(rebaseCommand())
  .addCommand(bisectCommand())
  .addCommand(shipCommand())
  .addCommand(watchCommand())
  .addCommand(exportCommand())
  .addCommand(packageCommand())
  .addCommand(publishCommand())
  .addCommand(promoteCommand())
  .addCommand(rollbackCommand())
  .addCommand(listCommand())
  .addCommand(showCommand())
  .addCommand(verifyCommand())
  .addCommand(gcCommand())
  .addCommand(keysCommand())
  .addCommand(doctorCommand())
  .addCommand(engineCommand())
  .addHelpText('after', '\nExample:\n  patchwork start --once\n  patchwork train --help');

try {
  await program.parseAsync();
} catch (error) {
  reportFailure(error, program.opts<{ debug?: boolean }>().debug === true);
  process.exitCode = 1;
}
