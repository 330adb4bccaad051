import { existsSync } from 'node:fs';
import { loadCheckpoint } from '../../../trainer/checkpoint/checkpoint.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { train } from '../../../trainer/training/train.ts';
import { smallPlan } from './plan.ts';
import { stripes } from './stripes.ts';

/**
 * Run as a process: trains to the checkpoint argv[2], going on from it where it is there, and prints
 * each update when it is done. The checkpoint is written after every update.
 */
const path = process.argv[2]!;
await train({
  engine: createOnnxEngine(),
  data: stripes(),
  plan: smallPlan({ epochs: 10 }),
  path,
  interval: 0,
  start: null,
  teacher: null,
  resume: existsSync(path) ? await loadCheckpoint(path) : null,
  onProgress: ({ step }) => process.stdout.write(`${step}\n`),
});
