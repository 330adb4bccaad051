import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import type { ClassifierShape, ExportedForm } from '../format/exported-graph.ts';

/** Packages that forms are measured in; they are pinned exactly. */
const RUNTIMES = {
  'onnxruntime-web': packageJson.dependencies['onnxruntime-web'],
  miniflare: packageJson.devDependencies.miniflare,
};

/** Keeps figures of forms in files, so that a form like one that was measured is not measured again. */
export class KeptMeasurements {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What was kept under the key; else what `measure` finds, which is kept. */
  async measured<Figure>(
    key: readonly unknown[],
    schema: z.ZodType<Figure>,
    measure: () => Promise<Figure>,
  ): Promise<Figure> {
    const known = await this.find(key, schema);
    if (known !== null) return known;
    const figure = await measure();
    await this.keep(key, figure);
    return figure;
  }

  /** What was kept under the key; null where nothing was, or where it cannot be read. */
  async find<Figure>(key: readonly unknown[], schema: z.ZodType<Figure>): Promise<Figure | null> {
    const text = await readFile(this.#path(key), 'utf8').catch(() => null);
    if (text === null) return null;
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      return null;
    }
  }

  /** A cache that cannot be written costs the next measurement, and no more. */
  async keep(key: readonly unknown[], figure: unknown): Promise<void> {
    const path = this.#path(key);
    const aside = `${path}.${randomUUID()}.partial`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(aside, JSON.stringify(figure));
      await rename(aside, path);
    } catch {
      return;
    }
  }

  #path(key: readonly unknown[]): string {
    const text = JSON.stringify([RUNTIMES, key]);
    const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
    return join(this.#folder, `${name}.json`);
  }
}

/**
 * What decides how much memory and time a form takes: how it is stored, its operations and the sizes of
 * its tensors, whatever their elements. Forms of patches of one network have it in common.
 */
export function sizesOf(
  form: ExportedForm,
  { height, width, classes }: ClassifierShape,
): unknown[] {
  const { precision, storage, graph, weights, tensors } = form;
  const { bytes, format, opset, nodes } = graph;
  return [
    ...[precision, storage, format, opset, nodes, kilobytes(bytes.length), weights?.length ?? 0],
    ...[height, width, classes],
    tensors.map(({ name, dims }) => [name, dims]),
  ];
}

/** Graphs share constants that happen to be equal, so that those of one network differ by a few bytes. */
function kilobytes(bytes: number): number {
  return Math.round(bytes / 1024);
}
