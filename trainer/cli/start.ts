import { join } from 'node:path';
import { Command } from 'commander';
import { loadNetwork } from '../checkpoint/checkpoint.ts';
import { type EngineOption, engineFor, withEngineOptions } from './engine-option.ts';
import { portNumber } from './option.ts';
import { WORKSPACE } from './workspace.ts';

interface StartOptions extends EngineOption {
  readonly port: number;
  readonly once: boolean;
}

export function startCommand(): Command {
  const command = new Command('start')
    .description('Show the whole way of one fix, from a mistake to a swapped version over HTTP.')
    .option('--port <number>', 'port of the edge; 0 for any free one', portNumber, 8787)
    .option('--once', 'stop the edge at the end instead of leaving it up', false);
  return withEngineOptions(command)
    .addHelpText('after', '\nExample:\n  patchwork start --once')
    .action(run);
}

async function run({ port, once, ...where }: StartOptions): Promise<void> {
  // A signal must run the exit handlers, which stop whatever was started.
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
  const { freePort } = await import('../demo/port.ts');
  const { demonstrate } = await import('../demo/demo.ts');
  const { openShippedSubject, SHIPPED_CHECKPOINT } = await import('../demo/shipped.ts');
  const free = await freePort(port);
  const network = await loadNetwork(SHIPPED_CHECKPOINT);
  const engine = await engineFor(where, network.architecture);
  const folder = join(WORKSPACE.root, 'demo');
  const edge = await demonstrate({
    engine,
    network,
    openSubject: openShippedSubject,
    port: free,
    folder,
    say: console.log,
  });
  if (once) {
    await edge.stop();
    console.log('Done; the edge is stopped.');
    return;
  }
  console.log(`The edge is up at ${edge.address}; press Ctrl-C to stop it.`);
  await edge.ended();
}
