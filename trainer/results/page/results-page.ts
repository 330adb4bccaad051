import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EvaluationError } from '../../evaluation/run/evaluation-error.ts';
import { writeWhole } from '../../evaluation/run/evaluation-result.ts';
import { type KeptFigures, readFigures } from '../figures/figures-file.ts';
import { differences } from './differences.ts';
import { type RenewedPage, renewPage } from './page-blocks.ts';

/** The page, its figures and its images in the folder of the documentation. */
const PAGE = 'results.md';
const FIGURES = 'results';
const IMAGES = 'images/results';

/** Where the figures of a name are kept. */
export function figuresPath(docs: string, name: string): string {
  return join(docs, FIGURES, `${name}.json`);
}

/**
 * Writes the tables, plots and commands of the page of results from its figures, and removes images that
 * it does not show.
 * @param docs the folder of the documentation
 * @returns the file of the page
 * @throws EvaluationError RESULT_UNREADABLE, RESULT_INVALID, RESULT_UNWRITABLE
 */
export async function writeResultsPage(docs: string): Promise<string> {
  const path = join(docs, PAGE);
  const { renewed } = await makePage(docs);
  const folder = join(docs, IMAGES);
  await mkdir(folder, { recursive: true });
  for (const { file, svg } of renewed.images) await writeWhole(join(folder, file), svg);
  for (const file of await strayImages(folder, renewed)) await rm(join(folder, file));
  await writeWhole(path, renewed.page);
  return path;
}

/**
 * Makes the page anew and compares. Nothing is written.
 * @param docs the folder of the documentation
 * @returns what differs: rows of tables, lines of commands, images, and figures that were changed since
 * they were collected or that the page does not name
 * @throws EvaluationError RESULT_UNREADABLE, RESULT_INVALID
 */
export async function checkResultsPage(docs: string): Promise<string[]> {
  const { renewed, kept } = await makePage(docs);
  const folder = join(docs, IMAGES);
  const images: string[] = [];
  for (const { file, svg } of renewed.images) {
    const present = await readFile(join(folder, file), 'utf8').catch(() => null);
    const path = join(IMAGES, file);
    if (present === null) images.push(`${path}: there is no such image`);
    else if (present !== svg) images.push(`${path}: its figures make another image`);
  }
  const strays = await strayImages(folder, renewed);
  const changed = [...kept].filter(([, { unchanged }]) => !unchanged);
  const figures = await readdir(join(docs, FIGURES));
  const named = new Set([...kept.keys()].map((name) => basename(figuresPath(docs, name))));
  const unnamed = figures.filter((file) => file.endsWith('.json') && !named.has(file)).sort();
  return [
    ...changed.map(
      ([name]) => `${join(FIGURES, `${name}.json`)}: it was changed since it was collected`,
    ),
    ...unnamed.map((file) => `${join(FIGURES, file)}: no mark of the page names it`),
    ...differences(renewed.blocks),
    ...images,
    ...strays.map((file) => `${join(IMAGES, file)}: the page does not show it`),
  ];
}

async function makePage(
  docs: string,
): Promise<{ renewed: RenewedPage; kept: ReadonlyMap<string, KeptFigures> }> {
  const path = join(docs, PAGE);
  const page = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new EvaluationError('RESULT_UNREADABLE', `${path}: ${cause.message}.`, { cause });
  });
  const kept = new Map<string, KeptFigures>();
  const figuresOf = async (name: string) => {
    const figures = kept.get(name) ?? (await readFigures(figuresPath(docs, name)));
    kept.set(name, figures);
    return figures;
  };
  try {
    return { renewed: await renewPage(page, figuresOf, IMAGES), kept };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new EvaluationError('RESULT_INVALID', `${path}: ${cause.message}`, { cause });
  }
}

async function strayImages(folder: string, { images }: RenewedPage): Promise<string[]> {
  const shown = new Set(images.map(({ file }) => file));
  const present = await readdir(folder).catch(() => []);
  return present.filter((file) => !shown.has(file)).sort();
}
