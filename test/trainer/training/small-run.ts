import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Engine } from '../../../trainer/engine/engine.ts';
import type { TrainingRun } from '../../../trainer/training/training-run.ts';
import { smallPlan } from './plan.ts';
import { stripes } from './stripes.ts';

/** The path of a checkpoint that is not there yet, in a folder that goes when the test ends. */
export async function freshPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'patchwork-training-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'net.safetensors');
}

/** A run that writes its checkpoint after every update. */
export function smallRun(engine: Engine, path: string, changes: Partial<TrainingRun> = {}) {
  return {
    engine,
    data: stripes(),
    plan: smallPlan(),
    path,
    interval: 0,
    start: null,
    teacher: null,
    resume: null,
    onProgress: () => {},
    ...changes,
  } satisfies TrainingRun;
}

export class Interrupted extends Error {}

/** Stops a training when `update` is done, before its checkpoint is written. */
export function interruptAt(update: number) {
  return ({ step }: { step: number }) => {
    if (step === update) throw new Interrupted();
  };
}
