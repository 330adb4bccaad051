import { Command } from 'commander';
import { type Progress, progress } from './progress.ts';
import { WORKSPACE } from './workspace.ts';

interface DataOptions {
  readonly dataDir: string;
}

export function dataCommand(): Command {
  const cifar10 = new Command('cifar10')
    .description('Download CIFAR-10 from its authors (170 MB), resuming what was begun.')
    .option('--data-dir <dir>', 'where to put it', WORKSPACE.data)
    .addHelpText('after', '\nExample:\n  patchwork data cifar10 --data-dir ~/cifar10')
    .action(downloadCifar);
  return new Command('data')
    .description('Get data sets.')
    .addCommand(cifar10)
    .addHelpText('after', '\nExample:\n  patchwork data cifar10');
}

async function downloadCifar({ dataDir }: DataOptions): Promise<void> {
  const { downloadCifar10 } = await import('../data/cifar10/download.ts');
  let line: Progress | undefined;
  const folder = await downloadCifar10(dataDir, {
    onProgress: ({ received, total }) => {
      const megabytes = Math.round(received / 1e6);
      line ??= progress(Math.round((total ?? 0) / 1e6), 'MB', megabytes);
      line.update(megabytes);
    },
  });
  line?.end();
  console.log(`CIFAR-10 is in ${folder}.`);
}
