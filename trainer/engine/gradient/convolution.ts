import * as tf from '@tensorflow/tfjs';

/**
 * Gradient of the kernel that computes a convolution's filter gradient, which stock TensorFlow.js lacks.
 * `dw = backpropFilter(x, dy)` is linear in each of its operands, and the convolution's other two kernels
 * are its adjoints: towards `x` the one that back-propagates inputs, towards `dy` the convolution itself.
 */
export const conv2DBackpropFilterGradient: tf.GradConfig = {
  kernelName: tf.Conv2DBackpropFilter,
  inputsToSave: ['x', 'dy'],
  gradFunc: (ddw, saved, attributes) => {
    const [x, dy] = saved as [tf.Tensor4D, tf.Tensor4D];
    const filter = ddw as tf.Tensor4D;
    const { strides, pad, dataFormat, dimRoundingMode } =
      attributes as unknown as tf.Conv2DBackpropFilterAttrs;
    return {
      x: () =>
        tf.engine().runKernel<tf.Tensor>(
          tf.Conv2DBackpropInput,
          { dy, filter },
          {
            inputShape: x.shape,
            strides,
            pad,
            dataFormat,
            dimRoundingMode: dimRoundingMode as unknown as string,
          },
        ),
      dy: () =>
        tf.conv2d(
          x,
          filter,
          strides,
          pad as number | tf.backend_util.ExplicitPadding,
          dataFormat,
          1,
          dimRoundingMode,
        ),
    };
  },
};
