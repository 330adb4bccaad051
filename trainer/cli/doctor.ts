import { Command } from 'commander';
import { describeExamination } from '../doctor/describe-examination.ts';
import { examine } from '../doctor/examine.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Say which engines load and how fast they are; fails where training cannot run.')
    .option('--json', 'print what was found as JSON', false)
    .addHelpText('after', '\nExample:\n  patchwork doctor --json')
    .action(async ({ json }: { json: boolean }) => {
      const found = await examine();
      const text = json ? JSON.stringify(found, null, 2) : describeExamination(found).join('\n');
      console.log(text);
      if (!found.canTrain) process.exitCode = 1;
    });
}
