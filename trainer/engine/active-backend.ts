import * as tf from '@tensorflow/tfjs';

/**
 * Runs `work` with the named TensorFlow.js backend active and makes the former one active again. The
 * active backend is global to the process, and several engines share it.
 */
export function onBackend<Result>(backendName: string, work: () => Result): Result {
  const former: string | undefined = tf.getBackend();
  if (former === backendName) return work();
  activate(backendName);
  try {
    return work();
  } finally {
    if (former !== undefined) activate(former);
  }
}

/** The promise of `setBackend` is settled by the time it returns, for backends that start synchronously. */
function activate(backendName: string): void {
  void tf.setBackend(backendName);
}
