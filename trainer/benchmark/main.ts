import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadNetwork } from '../checkpoint/checkpoint.ts';
import { engineFor, withEngineOptions } from '../cli/engine-option.ts';
import { WORKSPACE } from '../cli/workspace.ts';
import { EMBEDDED_CHECKPOINT } from '../demo/shipped.ts';
import { PROVIDERS } from '../engine/onnx/provider-name.ts';
import { benchmarkEdge } from './edge/edge-benchmark.ts';
import { soak } from './edge/soak.ts';
import { sweepEngines } from './engine-sweep.ts';
import { fixInSequence } from './fixes-benchmark.ts';
import { presentWays } from './present-ways.ts';
import { benchmarkTrainer } from './trainer-benchmark.ts';

const say = (line: string) => console.log(line);

const engine = () =>
  new Option('--engine <names...>', 'measure these alone')
    .choices(['tensorflow', 'onnx'])
    .default([]);

const provider = () =>
  new Option('--provider <names...>', 'what the onnx engine is measured with')
    .choices(PROVIDERS)
    .default(['cpu']);

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('Give a whole number of at least 1.');
}

const counts = (text: string) => text.split(',').map(count);

const trainer = new Command('trainer')
  .description('Training, evaluation and edits at width 64, batch 128, on every engine present.')
  .addOption(engine())
  .addOption(provider())
  .option('--edits <count>', 'edits to make; the time for 100 is stated', count, 10)
  .option('--peer <python>', 'a Python with PyTorch, for --peer-script')
  .option('--peer-script <file>', "prints a peer's figures, measured before ours")
  .action(async ({ engine: wanted, provider: providers, edits, peer, peerScript }) => {
    const ways = await presentWays(wanted, providers, say);
    if ((peer === undefined) !== (peerScript === undefined)) {
      throw new Error('--peer and --peer-script go together.');
    }
    const beside = peer && peerScript ? { python: peer, script: peerScript } : null;
    await write('trainer', await benchmarkTrainer({ ways, edits, peer: beside, say }));
  });

const engines = new Command('engines')
  .description('Every width and batch size on every engine present, as a table.')
  .addOption(engine())
  .addOption(provider())
  .option('--widths <numbers>', 'separated by commas', counts, [16, 32, 64])
  .option('--batches <numbers>', 'separated by commas', counts, [16, 32, 64, 128, 256])
  .action(async ({ engine: wanted, provider: providers, widths, batches }) => {
    const ways = await presentWays(wanted, providers, say);
    await write('engines', await sweepEngines({ ways, widths, batches, say }));
  });

const fixes = withEngineOptions(
  new Command('fixes').description(
    'Fixes made one after another: what they leave of the network, and their time.',
  ),
)
  .option('--checkpoint <file>', 'the network', EMBEDDED_CHECKPOINT)
  .option('--data-dir <dir>', 'where the files of its data set are', WORKSPACE.data)
  .option('--fixes <count>', 'how many', count, 50)
  .option('--control <pictures>', 'clean control pictures', count, 1000)
  .action(async ({ checkpoint, dataDir, fixes: wish, control, ...where }) => {
    const network = await loadNetwork(checkpoint);
    const figures = await fixInSequence({
      engine: await engineFor(where, network.architecture),
      network,
      dataDir,
      fixes: wish,
      control,
      say,
    });
    say(JSON.stringify(figures));
    await write('fixes', figures);
  });

const artifacts = () =>
  new Option('--artifacts <folders...>', 'as `patchwork export` writes them').makeOptionMandatory();
const port = () => new Option('--port <number>', 'of the worker').argParser(count).default(8788);

const edge = new Command('edge')
  .description('Every form of artifacts served in workerd: latency, overhead, swaps, heap.')
  .addOption(artifacts())
  .addOption(port())
  .option('--repetitions <count>', 'of every request', count, 21)
  .action(async ({ artifacts: folders, repetitions, port }) => {
    await write('edge', await benchmarkEdge({ folders, repetitions, port, say }));
  });

const soakEdge = new Command('soak')
  .description('Many clients at once across many swaps; fails where a request failed or was mixed.')
  .addOption(artifacts())
  .addOption(port())
  .option('--requests <count>', 'in all', count, 10_000)
  .option('--swaps <count>', 'in all', count, 100)
  .option('--clients <count>', 'at once', count, 20)
  .action(async ({ artifacts: folders, requests, swaps, clients, port }) => {
    const result = await soak({ folders, requests, swaps, clients, port, say });
    await write('soak', result);
    say(JSON.stringify(result));
    if (result.failed + result.mixed > 0) throw new Error('Requests failed or were mixed.');
  });

async function write(name: string, results: object): Promise<void> {
  const folder = join('.patchwork', 'benchmark');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  say(`Written to ${file}.`);
}

try {
  await new Command('npm run bench --')
    .description('Measures this machine; trainer unless told otherwise.')
    .addCommand(trainer, { isDefault: true })
    .addCommand(engines)
    .addCommand(fixes)
    .addCommand(edge)
    .addCommand(soakEdge)
    .parseAsync();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
