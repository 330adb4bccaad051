import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../engine.ts';
import { createEagerEngine } from './eager-engine.ts';

/**
 * The engine on TensorFlow.js' plain JavaScript backend: far too slow to train, a reference to test by.
 * Production mode takes away the banner that says so.
 */
export function createCpuEngine(): Engine {
  tf.enableProdMode();
  return createEagerEngine({
    name: 'cpu',
    description: `TensorFlow.js ${tf.version['tfjs-core']}, plain JavaScript, CPU`,
    backendName: 'cpu',
  });
}
