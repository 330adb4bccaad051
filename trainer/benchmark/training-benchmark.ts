import { randomFor } from '../data/random.ts';
import { editableObjective } from '../editable/editable-objective.ts';
import { EDITABLE_CLIP_NORM, EDITABLE_DEFAULTS } from '../editable/editable-options.ts';
import { createEditor } from '../editor/editors.ts';
import type { Engine, ValueMap } from '../engine/engine.ts';
import { type Architecture, parameterShapes, statisticShapes } from '../network/architecture.ts';
import { foldBatchNorm } from '../network/fold-batch-norm.ts';
import { IMAGES, inference, LOGITS } from '../network/inference.ts';
import { initialWeights } from '../network/initialise.ts';
import { disposeValues, uploadWeights } from '../network/weights.ts';
import type { Objective } from '../training/objective.ts';
import { ordinaryObjective } from '../training/ordinary-objective.ts';
import { TrainingState } from '../training/training-state.ts';
import { trainingStep } from '../training/training-step.ts';

const SIZE = 32;
const CLASSES = 10;
/** Runs whose time is not counted: tracing, and the caches getting warm. */
const WARM_UP = 2;

/** In the order in which they are printed. */
export const MEASURED = ['train', 'editable train', 'evaluation forward'] as const;
export type Measured = (typeof MEASURED)[number];

export interface Figure {
  readonly measured: Measured;
  readonly width: number;
  readonly batch: number;
  /** The best of the repetitions. */
  readonly seconds: number;
  /** What the first run took beyond that: tracing, opening sessions, filling caches. */
  readonly startSeconds: number;
  readonly imagesPerSecond: number;
  /** Multiplications and additions of the network alone, per second. */
  readonly gflops: number;
}

/** Times `measured` on noise with untrained weights of a CIFAR-stem ResNet-18. */
export async function benchmark(
  engine: Engine,
  measured: Measured,
  width: number,
  batch: number,
  repetitions: number,
): Promise<Figure> {
  const architecture: Architecture = { name: 'resnet18', stem: 'cifar', width, classes: CLASSES };
  const run =
    measured === 'evaluation forward'
      ? forwardRun(engine, architecture, batch)
      : trainingRun(engine, architecture, batch, measured);
  const times: number[] = [];
  for (let repetition = 0; repetition < WARM_UP + repetitions; repetition++) {
    const began = performance.now();
    await run.once();
    times.push((performance.now() - began) / 1000);
  }
  await run.end();
  const seconds = Math.min(...times.slice(WARM_UP));
  const passes = measured === 'evaluation forward' ? 1 : 3;
  return {
    measured,
    width,
    batch,
    seconds,
    startSeconds: times[0]! - seconds,
    imagesPerSecond: batch / seconds,
    gflops: (passes * batch * forwardFlops(architecture)) / seconds / 1e9,
  };
}

interface Run {
  once(): Promise<void>;
  end(): Promise<void>;
}

function forwardRun(engine: Engine, architecture: Architecture, batch: number): Run {
  const forward = engine.compile(inference(architecture));
  const weights = foldBatchNorm(architecture, initialWeights(architecture, 1));
  const inputs = { ...uploadWeights(engine, weights), [IMAGES]: noise(engine, batch) };
  return {
    once: async () => {
      const outputs = await forward.run(inputs);
      await outputs[LOGITS]!.read();
      disposeValues(outputs);
    },
    end: async () => {
      disposeValues(inputs);
      await forward.dispose();
    },
  };
}

function trainingRun(
  engine: Engine,
  architecture: Architecture,
  batch: number,
  measured: Exclude<Measured, 'evaluation forward'>,
): Run {
  const learned = [...parameterShapes(architecture).keys()];
  const statistics = [...statisticShapes(architecture).keys()];
  const step = engine.compile(
    measured === 'train'
      ? trainingStep(learned, statistics, ordinaryObjective(architecture), null)
      : trainingStep(learned, statistics, editable(architecture), EDITABLE_CLIP_NORM),
  );
  const state = new TrainingState(engine, learned, initialWeights(architecture, 1), null);
  const inputs: ValueMap = {
    images: noise(engine, batch),
    oneHot: labels(engine, batch),
    // So small that the weights stay where a network is, however often the step is repeated.
    rate: engine.upload(Float32Array.of(1e-6), []),
  };
  if (measured === 'editable train') {
    inputs.editImages = noise(engine, 1);
    inputs.editOneHot = labels(engine, 1);
  }
  return {
    once: async () => {
      await state.advance(await step.run({ ...state.inputs, ...inputs }));
    },
    end: async () => {
      disposeValues(inputs);
      state.dispose();
      await step.dispose();
    },
  };
}

function editable(architecture: Architecture): Objective {
  return editableObjective(architecture, { ...EDITABLE_DEFAULTS, editor: createEditor('rmsprop') });
}

function noise(engine: Engine, batch: number) {
  const random = randomFor(1, 'benchmark');
  const images = Float32Array.from({ length: batch * 3 * SIZE * SIZE }, () => random.normal());
  return engine.upload(images, [batch, 3, SIZE, SIZE]);
}

function labels(engine: Engine, batch: number) {
  const oneHot = new Float32Array(batch * CLASSES);
  for (let row = 0; row < batch; row++) oneHot[row * CLASSES + (row % CLASSES)] = 1;
  return engine.upload(oneHot, [batch, CLASSES]);
}

/** Floating-point operations of one picture's forward pass, convolutions and classifier. */
function forwardFlops(architecture: Architecture): number {
  let operations = 0;
  for (const [name, shape] of parameterShapes(architecture)) {
    if (shape.length === 1) continue;
    const stage = Number(/^layer(\d)/.exec(name)?.[1] ?? 1);
    const side = name.startsWith('fc') ? 1 : SIZE >> (stage - 1);
    operations += 2 * shape.reduce((product, length) => product * length, 1) * side * side;
  }
  return operations;
}
