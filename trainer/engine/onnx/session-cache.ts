import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { env, InferenceSession } from 'onnxruntime-node';

/** The project folder's place for graphs as onnxruntime optimised them. */
const FOLDER = fileURLToPath(new URL('../../../.patchwork/sessions', import.meta.url));

/** How many are kept, those used last. */
const KEPT = 16;

/**
 * Opens sessions on the processor, and keeps the graphs that onnxruntime made of them: the next process has
 * the same graph open in a quarter of the time. They hold for one processor and version alone.
 */
export class SessionCache {
  #folder: string;

  constructor(folder: string = FOLDER) {
    this.#folder = folder;
  }

  async open(
    graph: Uint8Array,
    options: InferenceSession.SessionOptions,
  ): Promise<InferenceSession> {
    const file = join(this.#folder, `${digest(graph, options)}.onnx`);
    return (await openKept(file, options)) ?? this.#openAndKeep(file, graph, options);
  }

  async #openAndKeep(
    file: string,
    graph: Uint8Array,
    options: InferenceSession.SessionOptions,
  ): Promise<InferenceSession> {
    const unfinished = join(this.#folder, `${randomUUID()}.unfinished`);
    const keeping = { ...options, optimizedModelFilePath: unfinished };
    try {
      await mkdir(this.#folder, { recursive: true });
      const session = await InferenceSession.create(graph, keeping);
      await this.#keep(unfinished, file);
      return session;
    } catch {
      // Where nothing can be written, the graph is still to be computed.
      return InferenceSession.create(graph, options);
    }
  }

  async #keep(unfinished: string, file: string): Promise<void> {
    try {
      await rename(unfinished, file);
      await this.#removeOld();
    } catch {
      await rm(unfinished, { force: true });
    }
  }

  async #removeOld(): Promise<void> {
    const names = await readdir(this.#folder);
    const used = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#folder, name);
        return { path, time: (await stat(path)).mtimeMs };
      }),
    );
    used.sort((a, b) => b.time - a.time);
    for (const { path } of used.slice(KEPT)) await rm(path, { force: true });
  }
}

/** Null where it is not there, or is not what onnxruntime reads. */
async function openKept(
  file: string,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession | null> {
  try {
    const now = new Date();
    await utimes(file, now, now);
    return await InferenceSession.create(file, { ...options, graphOptimizationLevel: 'disabled' });
  } catch {
    return null;
  }
}

function digest(graph: Uint8Array, options: InferenceSession.SessionOptions): string {
  const { model } = os.cpus()[0] ?? { model: 'unknown' };
  const holdsFor = JSON.stringify([env.versions.node, process.arch, model, options]);
  return createHash('sha256').update(holdsFor).update(graph).digest('hex').slice(0, 32);
}
