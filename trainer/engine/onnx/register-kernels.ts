import { findBackend, registerBackend } from '@tensorflow/tfjs';
import { registerArithmeticKernels } from './kernel/arithmetic.ts';
import { registerConvolutionKernels } from './kernel/convolution.ts';
import { registerFillKernels } from './kernel/fill.ts';
import { registerFilterGradientKernel } from './kernel/filter-gradient.ts';
import { registerMatrixKernels } from './kernel/matrix.ts';
import { registerNormalisationKernels } from './kernel/normalisation.ts';
import { registerPointwiseKernels } from './kernel/pointwise.ts';
import { registerPoolingKernel } from './kernel/pooling.ts';
import { registerReductionKernels } from './kernel/reduction.ts';
import { registerShapeKernels } from './kernel/shape.ts';
import { TRACING_BACKEND, TracingBackend } from './tracing-backend.ts';

/** The tracing backend of this process, registered with all its kernels on the first call. */
export function tracingBackend(): TracingBackend {
  const registered = findBackend(TRACING_BACKEND);
  if (registered) return registered as TracingBackend;
  registerFillKernels();
  registerArithmeticKernels();
  registerPointwiseKernels();
  registerShapeKernels();
  registerReductionKernels();
  registerMatrixKernels();
  registerConvolutionKernels();
  registerFilterGradientKernel();
  registerPoolingKernel();
  registerNormalisationKernels();
  // Priority below every backend that computes: this one must never become the default.
  registerBackend(TRACING_BACKEND, () => new TracingBackend(), -1);
  return findBackend(TRACING_BACKEND) as TracingBackend;
}
