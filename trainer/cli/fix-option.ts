import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { isDataSet } from '../control/control-meter.ts';
import { loadControl } from '../control/load-control.ts';
import type { Engine } from '../engine/engine.ts';
import type { Fixer } from '../fix/fixer.ts';
import { DEFAULT_THRESHOLDS, readThresholds, type Thresholds } from '../fix/gate/thresholds.ts';
import { openFixer } from '../fix/open-fixer.ts';
import type { LockOptions } from '../lock/folder-lock.ts';
import { type EngineOption, withEngineOptions } from './engine-option.ts';
import { type ControlDataOption, wholeNumber, withControlDataOptions } from './option.ts';
import { WORKSPACE } from './workspace.ts';

export interface LogOption {
  readonly log: string;
}

/** How fixes are found and gated, as options of a command. */
export interface FixOptions extends EngineOption, ControlDataOption, LogOption {
  readonly control: number;
  readonly gate?: string;
  readonly seed: number;
  readonly author: string;
  readonly force?: true;
}

export function withLogOption(command: Command): Command {
  return command.option('--log <folder>', 'the log of fixes', WORKSPACE.log);
}

export function withFixOptions(command: Command): Command {
  return withGatedOptions(command).option(
    '--force',
    'log what the gate refuses, and say so in its entry',
  );
}

/** The same where the gate has the last word. */
export function withGatedOptions(command: Command): Command {
  withControlDataOptions(withLogOption(command))
    .option('--control <pictures>', 'clean control pictures', wholeNumber(1), 1000)
    .option('--gate <file>', `thresholds as JSON (default: ${WORKSPACE.gate}, if it is there)`)
    .option('--seed <number>', 'seed of control pictures and neighbours', wholeNumber(0), 1)
    .option('--author <name>', 'for the log', userName());
  return withEngineOptions(command);
}

/** Waits ten minutes for another writer, and says so. */
export const LOG_PATIENCE: LockOptions = {
  patience: 600_000,
  onWait: (pid) => console.error(`Waiting for process ${pid}, which is writing to the log.`),
};

/** @throws FixError THRESHOLDS_INVALID */
export async function thresholdsOf({ gate }: FixOptions): Promise<Thresholds> {
  const file = gate ?? (existsSync(WORKSPACE.gate) ? WORKSPACE.gate : undefined);
  return file === undefined ? DEFAULT_THRESHOLDS : readThresholds(file);
}

/** A fixer for a network, with what the options say. */
export async function fixerOf(
  options: FixOptions,
  engine: Engine,
  network: TrainedNetwork,
): Promise<Fixer> {
  const { data: source, dataDir: dir } = options;
  const load = () => loadControl(network, { source, dir });
  // A folder is known by its content alone, so that it is read before the cache is asked.
  const own = source === undefined ? null : await load();
  const fingerprint = own && isDataSet(own) ? own.fingerprint() : null;
  return openFixer({
    engine,
    network,
    loadData: own ? async () => own : load,
    fingerprint: own ? fingerprint : network.dataSet.fingerprint,
    control: options.control,
    seed: options.seed,
    thresholds: await thresholdsOf(options),
    cacheFolder: WORKSPACE.cache,
  });
}

/** Who a replayed or new entry is by, and when. */
export function authorship({ author }: FixOptions): { author: string; at: string } {
  return { author, at: new Date().toISOString() };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no name belongs to.
    return 'unknown';
  }
}
