import * as tf from '@tensorflow/tfjs';
import { comparisonGradients } from './comparison.ts';
import { conv2DBackpropFilterGradient } from './convolution.ts';
import { elementwiseGradients } from './elementwise.ts';
import { reluGradients } from './relu.ts';

/**
 * Makes TensorFlow.js right to second order for every operation the project uses: gradients it lacks are
 * added, and gradients that lose the second-order path are replaced. The registry is global to the
 * process, whichever backend computes.
 *
 * Repeating it is harmless, and needed after anything that loads another copy of TensorFlow.js: the copy
 * registers the stock gradients again, over these.
 */
export function registerSecondOrderGradients(): void {
  tf.registerGradient(conv2DBackpropFilterGradient);
  for (const gradient of elementwiseGradients) tf.registerGradient(gradient);
  for (const gradient of comparisonGradients) tf.registerGradient(gradient);
  for (const gradient of reluGradients) tf.registerGradient(gradient);
}
