import { existsSync } from 'node:fs';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type InstalledEngine, pointerFile } from '../engine/eager/tensorflow/installed-engine.ts';
import { REMOVE } from './build-step.ts';

/** Where pip and npm keep what they have not finished. */
export function temporaryFolder(folder: string): string {
  return join(folder, 'temporary');
}

/** Where the build of that name is made, and stays. */
export function buildFolder(folder: string, build: string): string {
  return join(buildsFolder(folder), build);
}

/** What the library of a build is unpacked from. */
export function wheelsFolder(build: string): string {
  return join(build, 'wheels');
}

/** Makes that engine the installed one by one rename, then takes all others away. */
export async function switchTo(folder: string, engine: InstalledEngine): Promise<void> {
  const file = unfinishedPointer(folder);
  await writeFile(file, `${JSON.stringify(engine, null, 2)}\n`);
  await rename(file, pointerFile(folder));
  await keepAlone(folder, engine);
}

/** Takes away all builds but that of the engine, and what only making it took. */
export async function keepAlone(folder: string, engine: InstalledEngine): Promise<void> {
  for (const name of await readdir(buildsFolder(folder))) {
    if (name !== engine.build) await rm(buildFolder(folder, name), REMOVE);
  }
  const build = buildFolder(folder, engine.build);
  await rm(wheelsFolder(build), REMOVE);
  await rm(join(build, 'package', 'npm-cache'), REMOVE);
}

/** Takes everything away but the lock. @returns whether there was anything */
export async function clearFolder(folder: string): Promise<boolean> {
  const parts = [
    pointerFile(folder),
    unfinishedPointer(folder),
    buildsFolder(folder),
    temporaryFolder(folder),
  ];
  const present = parts.some(existsSync);
  for (const part of parts) await rm(part, REMOVE);
  return present;
}

function buildsFolder(folder: string): string {
  return join(folder, 'builds');
}

function unfinishedPointer(folder: string): string {
  return `${pointerFile(folder)}.unfinished`;
}
