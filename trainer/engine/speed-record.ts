import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readInstalledEngine } from './eager/tensorflow/installed-engine.ts';
import { PROVIDERS } from './onnx/provider-name.ts';
import type { TrainingWay } from './way.ts';

/** The project folder's place for what `patchwork doctor` measured last. */
export const SPEED_FILE = fileURLToPath(new URL('../../.patchwork/speeds.json', import.meta.url));

const WAY = z.union([
  z.object({ engine: z.literal('tensorflow') }),
  z.object({ engine: z.literal('onnx'), provider: z.enum(PROVIDERS) }),
]);

const RECORD = z.object({
  /** What the speeds hold for. */
  machine: z.string(),
  speeds: z.array(
    z.object({ way: WAY, width: z.number().positive(), imagesPerSecond: z.number().positive() }),
  ),
});

/** Images/s of training by one way at one width of the network. */
export interface MeasuredSpeed {
  readonly way: TrainingWay;
  readonly width: number;
  readonly imagesPerSecond: number;
}

/** Replaces the record in one step. */
export function writeSpeeds(speeds: readonly MeasuredSpeed[], file: string = SPEED_FILE): void {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify({ machine: machine(), speeds }, null, 2)}\n`);
  renameSync(unfinished, file);
}

/**
 * The ways that were measured, the fastest first, at the measured width nearest to `width`. None where
 * nothing was measured yet, or on another processor or by other libraries than are here now.
 */
export function fastestWays(width: number, file: string = SPEED_FILE): TrainingWay[] {
  const speeds = readSpeeds(file);
  const distance = (speed: MeasuredSpeed) => Math.abs(Math.log(speed.width / width));
  const nearest = Math.min(...speeds.map(distance));
  return speeds
    .filter((speed) => distance(speed) === nearest)
    .sort((a, b) => b.imagesPerSecond - a.imagesPerSecond)
    .map(({ way }) => way);
}

function readSpeeds(file: string): MeasuredSpeed[] {
  try {
    const record = RECORD.parse(JSON.parse(readFileSync(file, 'utf8')));
    return record.machine === machine() ? record.speeds : [];
  } catch {
    return [];
  }
}

function machine(): string {
  const processor = os.cpus()[0]?.model.trim() ?? 'unknown';
  const runtime = createRequire(import.meta.url)('onnxruntime-node/package.json').version;
  const installed = readInstalledEngine()?.build ?? 'none';
  return `${processor}, ${os.availableParallelism()} threads; onnxruntime-node ${runtime}; installed: ${installed}`;
}
