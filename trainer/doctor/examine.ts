import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import {
  type InstalledEngine,
  readInstalledEngine,
} from '../engine/eager/tensorflow/installed-engine.ts';
import { REMEDY, selectEngine } from '../engine/select.ts';
import { type NvidiaGpu, nvidiaGpus } from '../engine-install/nvidia.ts';
import { probeSpeed, type Speed } from './speed-probe.ts';

/** Those that training can run on. */
const TRAINING_ENGINES = ['tensorflow', 'onnx'] as const;

const PACKAGES = [
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
  'onnxruntime-node',
] as const;

export type EngineFinding =
  | {
      readonly name: string;
      readonly available: true;
      readonly description: string;
      readonly speed: Speed;
    }
  | {
      readonly name: string;
      readonly available: false;
      readonly reason: string;
      /** The step that would make it available. */
      readonly remedy: string;
    };

export interface Examination {
  /** Whether training can run on any engine. */
  readonly canTrain: boolean;
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  /** Threads that engines may use. */
  readonly threads: number;
  /** In bytes. */
  readonly memory: { readonly total: number; readonly free: number };
  readonly gpus: readonly NvidiaGpu[];
  /** Versions by package; null where one is not installed. */
  readonly packages: Readonly<Record<string, string | null>>;
  readonly installedEngine: InstalledEngine | null;
  readonly engines: readonly EngineFinding[];
}

/** Looks at the machine, tries every engine that could train, and measures those that load. */
export async function examine(): Promise<Examination> {
  const engines: EngineFinding[] = [];
  for (const name of TRAINING_ENGINES) engines.push(await examineEngine(name));
  return {
    canTrain: engines.some(({ available }) => available),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    threads: os.availableParallelism(),
    memory: { total: os.totalmem(), free: os.freemem() },
    gpus: await nvidiaGpus(),
    packages: Object.fromEntries(PACKAGES.map((name) => [name, packageVersion(name)])),
    installedEngine: readInstalledEngine(),
    engines,
  };
}

async function examineEngine(name: (typeof TRAINING_ENGINES)[number]): Promise<EngineFinding> {
  try {
    const { engine } = await selectEngine(name);
    const { description } = engine;
    return { name, available: true, description, speed: await probeSpeed(engine) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const remedy = REMEDY[name];
    const reason = message.split('\n', 1)[0]!.replace(remedy, '').trim();
    return { name, available: false, reason, remedy };
  }
}

function packageVersion(name: string): string | null {
  try {
    const file = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return JSON.parse(readFileSync(file, 'utf8')).version;
  } catch {
    return null;
  }
}
