import { Command, Option } from 'commander';
import { installEngine, removeEngine } from '../engine-install/install-engine.ts';

interface InstallCommandOptions {
  readonly cuda?: boolean;
  readonly cpu?: boolean;
  readonly libtensorflow?: string;
}

export function engineCommand(): Command {
  const install = new Command('install')
    .description(
      'Install TensorFlow for Node into the project folder, or go on where it broke off.',
    )
    .addOption(new Option('--cuda', 'for an NVIDIA GPU').conflicts('cpu'))
    .addOption(new Option('--cpu', 'for the processor, also where there is a GPU'))
    .option('--libtensorflow <dir>', 'link with this library of TensorFlow')
    .addHelpText('after', '\nExample:\n  patchwork engine install --cpu')
    .action(runInstall);
  const remove = new Command('remove')
    .description('Take the installed TensorFlow away.')
    .addHelpText('after', '\nExample:\n  patchwork engine remove')
    .action(async () => {
      const removed = await removeEngine();
      console.log(removed ? 'The engine is removed.' : 'No engine is installed.');
    });
  return new Command('engine')
    .description('Install or remove the native engine, TensorFlow.')
    .addCommand(install)
    .addCommand(remove)
    .addHelpText('after', '\nExample:\n  patchwork engine install');
}

async function runInstall({ cuda, cpu, libtensorflow }: InstallCommandOptions): Promise<void> {
  // A signal must run the exit handlers, which stop the tools that are running.
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
  const variant = cuda ? 'cuda' : cpu ? 'cpu' : undefined;
  const { packageName, description } = await installEngine({
    ...(variant ? { variant } : {}),
    ...(libtensorflow === undefined ? {} : { libtensorflow }),
    say: (line) => console.error(line),
  });
  console.log(`Installed ${packageName}: ${description}. The commands use it from now on.`);
}
