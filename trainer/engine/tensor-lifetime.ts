import * as tf from '@tensorflow/tfjs';

/**
 * Runs `work` so that of all the tensors made meanwhile only copies of its results survive, also when it
 * throws. The caller owns the copies, which no enclosing scope disposes.
 */
export function withoutLeaks(work: () => tf.Tensor[]): tf.Tensor[] {
  const results = disposingKept(() => tf.tidy(() => work().map((tensor) => tf.clone(tensor))));
  return results.map((tensor) => tf.keep(tensor));
}

/**
 * Runs `work` and disposes the tensors that were kept meanwhile, which a tidy spares: those that `work`
 * keeps by `tf.keep`, and those that a gradient saves for its backward pass and gives up only when it
 * succeeds. Both pass through the `keep` of TensorFlow.js' engine, so that is where they are noted.
 */
export function disposingKept<Result>(work: () => Result): Result {
  const tensorflow = tf.engine();
  const keep = tensorflow.keep;
  const kept = new Set<tf.Tensor>();
  tensorflow.keep = (tensor) => {
    if (!tensor.kept) kept.add(tensor);
    return keep.call(tensorflow, tensor) as typeof tensor;
  };
  try {
    return work();
  } finally {
    tensorflow.keep = keep;
    for (const tensor of kept) tensor.dispose();
  }
}
