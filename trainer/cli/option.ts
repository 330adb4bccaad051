import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ControlSource } from '../control/load-control.ts';
import { STAGES, type Stage } from '../network/architecture.ts';
import { WORKSPACE } from './workspace.ts';

/** Parses a number, for commander. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError('Give a number.');
  return value;
}

/** Parses a number above 0, for commander. */
export function positive(text: string): number {
  const value = number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('Give a number above 0.');
}

/** Parses a number of at least 0, for commander. */
export function notNegative(text: string): number {
  const value = number(text);
  if (value >= 0) return value;
  throw new InvalidArgumentError('Give a number of at least 0.');
}

/** Parses a number from 0 to 1, for commander. */
export function share(text: string): number {
  const value = number(text);
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('Give a number from 0 to 1.');
}

/** Parses a whole number of at least `least`, for commander. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = number(text);
    if (Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Give a whole number of at least ${least}.`);
  };
}

/** Parses a port, 0 for any, for commander. */
export function portNumber(text: string): number {
  const value = number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError('Give a port from 0 to 65535.');
}

/** Parses stage names separated by commas, for commander. */
export function stages(text: string): Stage[] {
  const names = text.split(',');
  const unknown = names.find((name) => !STAGES.includes(name as Stage));
  if (unknown === undefined) return names as Stage[];
  throw new InvalidArgumentError(
    `There is no stage "${unknown}"; choose from ${STAGES.join(', ')}.`,
  );
}

/** Collects an option that may be given several times, for commander. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

export function dataDirOption(): Option {
  return new Option('--data-dir <dir>', 'where the files of CIFAR-10 are').default(WORKSPACE.data);
}

/** The data set's own files only matter where it has some. */
export interface DataDirOption {
  readonly dataDir: string;
}

/** Parses `folder:PATH`, for commander. @returns the path */
export function folderOption(text: string): string {
  const [, path] = /^folder:(.+)$/s.exec(text) ?? [];
  if (path !== undefined) return path;
  throw new InvalidArgumentError(
    'Give folder: and the path of a folder with a folder of pictures for each class.',
  );
}

/** Parses `folder:PATH` and `activations:FILE`, for commander. */
export function controlSource(text: string): ControlSource {
  const [, activations] = /^activations:(.+)$/s.exec(text) ?? [];
  if (activations !== undefined) return { activations };
  if (text.startsWith('folder:')) return { folder: folderOption(text) };
  throw new InvalidArgumentError(
    'Give folder: and the path of a folder with a folder of pictures for each class, or activations: and a file of control activations.',
  );
}

/** What a network is measured on: the files of its data set, a folder, or control activations. */
export interface ControlDataOption extends DataDirOption {
  readonly data?: ControlSource;
}

export function withControlDataOptions(command: Command): Command {
  return command
    .option(
      '--data <folder:path>',
      'pictures to measure on and rehearse, in folders by class; or activations:file',
      controlSource,
    )
    .addOption(dataDirOption());
}
