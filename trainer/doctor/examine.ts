import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import {
  type InstalledEngine,
  readInstalledEngine,
} from '../engine/eager/tensorflow/installed-engine.ts';
import { PROVIDERS } from '../engine/onnx/provider-name.ts';
import { remedyFor } from '../engine/select.ts';
import { type MeasuredSpeed, writeSpeeds } from '../engine/speed-record.ts';
import { createEngine, type TrainingWay, wayName } from '../engine/way.ts';
import { graphicsDevices } from './graphics-device.ts';
import { type NodePlacement, nodePlacement } from './node-placement.ts';
import { probeSpeed, type Speed } from './speed-probe.ts';

/** Those that training can run on. */
const TRAINING_WAYS: readonly TrainingWay[] = [
  { engine: 'tensorflow' },
  ...PROVIDERS.map((provider) => ({ engine: 'onnx', provider }) as const),
];

const PACKAGES = [
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
  'onnxruntime-node',
] as const;

export type EngineFinding =
  | {
      readonly name: string;
      readonly way: TrainingWay;
      readonly available: true;
      readonly description: string;
      /** Null where nothing was finished in the time there is for it. */
      readonly speed: Speed | null;
      /** Where the nodes of a training step run; null but for the onnx engine on a device. */
      readonly placement: NodePlacement | null;
    }
  | {
      readonly name: string;
      readonly way: TrainingWay;
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
  /** Devices that compute graphics, as their drivers name them, with their memory where it is known. */
  readonly gpus: readonly string[];
  /** Versions by package; null where one is not installed. */
  readonly packages: Readonly<Record<string, string | null>>;
  readonly installedEngine: InstalledEngine | null;
  readonly engines: readonly EngineFinding[];
}

/**
 * Looks at the machine, tries every engine that could train, and measures those that load, each in
 * processes of its own. The speeds are recorded, and choose the engine from then on.
 */
export async function examine(): Promise<Examination> {
  const engines: EngineFinding[] = [];
  for (const way of TRAINING_WAYS) engines.push(await examineWay(way));
  writeSpeeds(engines.flatMap(speedsOf));
  return {
    canTrain: engines.some(({ available }) => available),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    threads: os.availableParallelism(),
    memory: { total: os.totalmem(), free: os.freemem() },
    gpus: await graphicsDevices(),
    packages: Object.fromEntries(PACKAGES.map((name) => [name, packageVersion(name)])),
    installedEngine: readInstalledEngine(),
    engines,
  };
}

async function examineWay(way: TrainingWay): Promise<EngineFinding> {
  const name = wayName(way);
  try {
    const engine = await createEngine(way);
    return {
      name,
      way,
      available: true,
      description: engine.description,
      speed: await probeSpeed(way),
      placement: await nodePlacement(way),
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason = `${message.trim().split('\n', 1)[0]!.replace(/\.$/, '')}.`;
    return { name, way, available: false, reason, remedy: remedyFor(way) };
  }
}

function speedsOf(finding: EngineFinding): MeasuredSpeed[] {
  if (!finding.available || !finding.speed) return [];
  const { way, speed } = finding;
  return speed.training.map(({ width, imagesPerSecond }) => ({ way, width, imagesPerSecond }));
}

function packageVersion(name: string): string | null {
  try {
    const file = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return JSON.parse(readFileSync(file, 'utf8')).version;
  } catch {
    return null;
  }
}
