import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainedNetwork } from '../../../trainer/checkpoint/checkpoint.ts';
import type { DataSet } from '../../../trainer/data/data-set.ts';
import type { Engine } from '../../../trainer/engine/engine.ts';
import { train } from '../../../trainer/training/train.ts';
import { smallPlan } from './plan.ts';
import { smallRun } from './small-run.ts';

/** A network of width 4 that tells most of the striped pictures apart. */
export async function trainedNetwork(engine: Engine, data: DataSet): Promise<TrainedNetwork> {
  const folder = await mkdtemp(join(tmpdir(), 'patchwork-trained-'));
  try {
    const { architecture } = smallPlan();
    const plan = smallPlan({ architecture: { ...architecture, width: 4 }, epochs: 6 });
    const path = join(folder, 'net.safetensors');
    const {
      moments: _,
      coefficients: __,
      ...network
    } = await train(smallRun(engine, path, { data, plan, interval: 1000 }));
    return network;
  } finally {
    await rm(folder, { recursive: true });
  }
}
