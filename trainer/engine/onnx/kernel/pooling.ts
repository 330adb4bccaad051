import { backend_util } from '@tensorflow/tfjs';
import { NCHW } from '../layout.ts';
import { materialise } from '../materialise.ts';
import { namedValue } from '../traced-value.ts';
import { convolutionAttributes } from './convolution.ts';
import { defineKernel } from './kernel.ts';

/** Max-pooling without its gradient: see `maxPool3x3` for one that can be derived. */
export function registerPoolingKernel(): void {
  defineKernel('MaxPool', ({ inputs, attributes, backend }) => {
    const x = inputs.x!;
    const info = backend_util.computePool2DInfo(
      x.shape as [number, number, number, number],
      attributes.filterSize as [number, number],
      attributes.strides as [number, number],
      1,
      attributes.pad as 'valid',
    );
    const source = materialise(backend.builder, backend.traced(x), NCHW);
    const name = backend.builder.node('MaxPool', [source], convolutionAttributes(info));
    return backend.tensorOf(namedValue(info.outShape, NCHW, name));
  });
}
