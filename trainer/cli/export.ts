import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { writeArtifact } from '../../exporter/artifact/artifact-folder.ts';
import { REGISTRY_DEFAULTS } from '../../exporter/registry/defaults.ts';
import { resolveSigner } from '../../exporter/signing/signer.ts';
import { loadNetwork } from '../checkpoint/checkpoint.ts';
import { loadExportData } from '../control/load-control.ts';
import { describeExport } from '../export/describe-export.ts';
import { exportFinished } from '../export/export-finished.ts';
import { type EngineOption, engineFor, withEngineOptions } from './engine-option.ts';
import {
  type ConversionOptions,
  conversionOptions,
  withConversionOptions,
} from './export-option.ts';
import { type KeyOption, withKeyOption } from './key-option.ts';
import { loadPatches } from './load-patched.ts';
import { type ControlDataOption, collect, wholeNumber, withControlDataOptions } from './option.ts';
import { artifactFolder, WORKSPACE } from './workspace.ts';

interface ExportOptions extends EngineOption, ControlDataOption, ConversionOptions, KeyOption {
  readonly checkpoint: string;
  readonly patch: string[];
  readonly model: string;
  readonly version?: number;
  readonly parent?: number;
  readonly out?: string;
}

export function exportCommand(): Command {
  const command = new Command('export')
    .description('Write a network, with its patches, as a checked ONNX artifact.')
    .option('--checkpoint <file>', 'the network', WORKSPACE.checkpoint)
    .option('--patch <file>', 'a patch to apply first; may be repeated, in order', collect, [])
    .option('--model <name>', 'name of the model', REGISTRY_DEFAULTS.model)
    .option('--version <number>', 'by default one after the last exported', wholeNumber(1))
    .option(
      '--parent <number>',
      'version it derives from; by default the one before, if patched',
      wholeNumber(1),
    )
    .option('--out <folder>', 'the artifact; by default under .patchwork/artifacts');
  withConversionOptions(withControlDataOptions(command));
  return withKeyOption(withEngineOptions(command))
    .addHelpText(
      'after',
      '\nExample:\n  patchwork export\n  patchwork export --patch .patchwork/patches/0123456789ab.safetensors\n  patchwork export --form int8:ort,fp32:delta --control-pictures 10000',
    )
    .action(run);
}

async function run(options: ExportOptions): Promise<void> {
  const { key } = await resolveSigner(options);
  const network = await loadNetwork(options.checkpoint);
  const patches = await loadPatches(options.patch);
  const version = options.version ?? (await lastExported(options.model)) + 1;
  const derived = patches.length > 0 && version > 1 ? version - 1 : null;
  const engine = await engineFor(options, network.architecture);
  const exported = await exportFinished({
    engine,
    network,
    patches,
    model: options.model,
    version,
    parent: options.parent ?? derived,
    control: await loadExportData(engine, network, {
      source: options.data,
      dir: options.dataDir,
    }),
    ...conversionOptions(options),
    key,
    cacheFolder: WORKSPACE.cache,
  });
  const out = options.out ?? artifactFolder(options.model, version);
  await writeArtifact(out, exported.artifact);
  for (const line of describeExport(exported)) console.log(line);
  console.log(`Written to ${out}.`);
}

async function lastExported(model: string): Promise<number> {
  const folder = dirname(artifactFolder(model, 1));
  if (!existsSync(folder)) return 0;
  const numbers = (await readdir(folder)).map(Number).filter(Number.isInteger);
  return Math.max(0, ...numbers);
}
