import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { GraphBuilder } from '../../../../exporter/graph/graph-builder.ts';
import { CHWN, CNHW, HWCN, type Layout, logicalLayout, NCHW, physicalShape } from '../layout.ts';
import { materialise } from '../materialise.ts';
import { namedValue } from '../traced-value.ts';
import type { TracingBackend } from '../tracing-backend.ts';
import { defineKernel } from './kernel.ts';

const BATCH_AND_PLANE = [0, 1, 2];

/** An [N,H,W,C] value as an input of BatchNormalization, and the way back for its output. */
interface ChannelView {
  readonly name: string;
  restore(name: string): TensorInfo;
}

/** [N,C,H,W] as it is; the layouts that convolutions leave as [_,C,_], which saves their transposes. */
function channelView(backend: TracingBackend, x: TensorInfo): ChannelView {
  const { builder } = backend;
  const value = backend.traced(x);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const views: [Layout, number[]][] = [
    [HWCN, [height * width, channels, batch]],
    [CHWN, [1, channels, batch * height * width]],
    [CNHW, [1, channels, batch * height * width]],
  ];
  const view = views.find(([layout]) => value.names.has(layout));
  if (view === undefined || value.names.has(NCHW)) {
    const restore = (name: string) => backend.tensorOf(namedValue(x.shape, NCHW, name));
    return { name: materialise(builder, value, NCHW), restore };
  }
  const [layout, flat] = view;
  return {
    name: builder.node('Reshape', [value.names.get(layout)!, builder.int64(flat)]),
    restore: (name) => {
      const shape = builder.int64(physicalShape(x.shape, layout));
      return backend.tensorOf(namedValue(x.shape, layout, builder.node('Reshape', [name, shape])));
    },
  };
}

const placeholders = new WeakMap<GraphBuilder, number>();

/**
 * A vector of no importance that is unlike every other of its graph: onnxruntime writes running statistics
 * into the memory of the ones it was given, which must not be shared between nodes.
 */
function placeholder(builder: GraphBuilder, channels: number): string {
  const count = (placeholders.get(builder) ?? 0) + 1;
  placeholders.set(builder, count);
  return builder.initializer(new Float32Array(channels).fill(count / 1024), [channels]);
}

/** The two ops of batch normalisation that are one pass over the activations each. */
export function registerNormalisationKernels(): void {
  defineKernel('BatchNormTraining', ({ inputs, attributes, backend }) => {
    const { builder } = backend;
    const x = inputs.x!;
    const epsilon = attributes.epsilon as number;
    if (!backend.manner.normalisesInOneNode) {
      return inPlainArithmetic(x, inputs.scale!, inputs.offset!, epsilon);
    }
    const channels = x.shape[3]!;
    const view = channelView(backend, x);
    const [scale, offset] = [inputs.scale!, inputs.offset!].map((tensor) =>
      materialise(builder, backend.traced(tensor)),
    );
    const [y, mean, variance] = builder.nodeWithOutputs(
      'BatchNormalization',
      [view.name, scale!, offset!, placeholder(builder, channels), placeholder(builder, channels)],
      {
        training_mode: 1,
        momentum: { float: 0 },
        epsilon: { float: epsilon },
      },
      3,
    );
    const vector = (name: string) =>
      backend.tensorOf(namedValue([channels], logicalLayout(1), name));
    return [view.restore(y!), vector(mean!), vector(variance!)];
  });
  defineKernel('ChannelAffine', ({ inputs, backend }) => {
    const { builder } = backend;
    const channels = inputs.x!.shape[3]!;
    const view = channelView(backend, inputs.x!);
    const [scale, offset] = [inputs.scale!, inputs.offset!].map((tensor) =>
      materialise(builder, backend.traced(tensor)),
    );
    const operands = [
      view.name,
      scale!,
      offset!,
      builder.filled(0, channels),
      builder.filled(1, channels),
    ];
    const y = builder.node('BatchNormalization', operands, { epsilon: { float: 0 } });
    return view.restore(y);
  });
}

function inPlainArithmetic(
  x: TensorInfo,
  scale: TensorInfo,
  offset: TensorInfo,
  epsilon: number,
): TensorInfo[] {
  const [pictures, gamma, beta] = [x, scale, offset] as tf.Tensor[];
  const mean = tf.mean(pictures!, BATCH_AND_PLANE);
  const centred = tf.sub(pictures!, mean);
  const variance = tf.mean(tf.square(centred), BATCH_AND_PLANE);
  const factor = tf.mul(gamma!, tf.rsqrt(tf.add(variance, epsilon)));
  return [tf.add(tf.mul(centred, factor), beta!), mean, variance];
}
