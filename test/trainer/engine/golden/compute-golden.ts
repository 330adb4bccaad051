import * as tf from '@tensorflow/tfjs';
import { editableObjective } from '../../../../trainer/editable/editable-objective.ts';
import { EDITABLE_DEFAULTS } from '../../../../trainer/editable/editable-options.ts';
import { EditRunner } from '../../../../trainer/editor/apply-editor.ts';
import { gradientDescent } from '../../../../trainer/editor/gradient-descent.ts';
import { rmsprop } from '../../../../trainer/editor/rmsprop.ts';
import type { Engine, TensorMap, ValueMap } from '../../../../trainer/engine/engine.ts';
import { parameterShapes, statisticShapes } from '../../../../trainer/network/architecture.ts';
import { foldBatchNorm } from '../../../../trainer/network/fold-batch-norm.ts';
import { inference } from '../../../../trainer/network/inference.ts';
import { disposeValues, uploadWeights } from '../../../../trainer/network/weights.ts';
import { lossGradients } from '../../../../trainer/training/loss-gradients.ts';
import type { Objective } from '../../../../trainer/training/objective.ts';
import { ordinaryObjective } from '../../../../trainer/training/ordinary-objective.ts';
import {
  MOMENT1,
  MOMENT2,
  REPORT,
  trainingStep,
} from '../../../../trainer/training/training-step.ts';
import { readAll } from '../gradient/compare-derivatives.ts';
import { ARCHITECTURE, golden, goldenUnder } from './golden-vectors.ts';

/** Elements by the names that the golden vectors have behind the part's. */
export type Outputs = Record<string, Float32Array>;

/** The parts of the suite, by the prefix of their golden vectors. */
export const PARTS: Readonly<Record<string, (engine: Engine) => Promise<Outputs>>> = {
  logits: forward,
  gradient: (engine) => gradients(engine, ordinaryObjective(ARCHITECTURE)),
  meta: (engine) => gradients(engine, EDITABLE),
  step,
  edit,
};

const WEIGHTS = goldenUnder('weights.');
const LEARNED = [...parameterShapes(ARCHITECTURE).keys()];
const STATISTICS = [...statisticShapes(ARCHITECTURE).keys()];
const EDITABLE = editableObjective(ARCHITECTURE, {
  ...EDITABLE_DEFAULTS,
  editor: gradientDescent(0.02),
  steps: 2,
  stages: ['layer3', 'layer4'],
  editWeight: 1,
  localityWeight: 1,
});

function forward(engine: Engine): Promise<Outputs> {
  const { shape, data } = golden('images');
  return run(engine, inference(ARCHITECTURE), {
    ...uploadWeights(engine, foldBatchNorm(ARCHITECTURE, WEIGHTS)),
    images: engine.upload(data, shape),
  }).then(({ logits }) => ({ '': logits! }));
}

function gradients(engine: Engine, objective: Objective): Promise<Outputs> {
  const derive = (inputs: TensorMap): TensorMap => {
    const statistics = Object.fromEntries(STATISTICS.map((name) => [name, inputs[name]!]));
    const collected: tf.Tensor[] = [];
    const terms = objective.terms(
      inputs,
      (_, { mean, variance }) => collected.push(mean, variance),
      () => {},
    );
    const learned = Object.fromEntries(LEARNED.map((name) => [name, inputs[name]!]));
    const { gradients: derived } = lossGradients(terms, learned, statistics);
    tf.dispose(collected);
    return Object.fromEntries(LEARNED.map((name, index) => [name, derived[index]!]));
  };
  return run(engine, derive, { ...uploadWeights(engine, WEIGHTS), ...batch(engine) });
}

async function step(engine: Engine): Promise<Outputs> {
  const inputs = { ...uploadWeights(engine, WEIGHTS), ...batch(engine) };
  for (const [prefix, moments] of [
    [MOMENT1, goldenUnder('first.')],
    [MOMENT2, goldenUnder('second.')],
  ] as const) {
    for (const [name, { data, shape }] of moments) {
      inputs[prefix + name] = engine.upload(data, shape);
    }
  }
  inputs.rate = engine.upload(Float32Array.of(1e-3), []);
  const objective = ordinaryObjective(ARCHITECTURE);
  const outputs = await run(engine, trainingStep(LEARNED, STATISTICS, objective, null), inputs);
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => !name.startsWith(REPORT)));
}

async function edit(engine: Engine): Promise<Outputs> {
  const runner = new EditRunner(engine, ARCHITECTURE, {
    editor: rmsprop(1e-3, 0.5),
    stages: ['layer3'],
    margin: 0.1,
    maxSteps: 3,
  });
  const { shape, data } = golden('editImage');
  const [, , height, width] = shape as [number, number, number, number];
  const label = golden('editLabel').data[0]!;
  const task = { image: data, height, width, label };
  const { changed, lossBefore, lossAfter } = await runner.edit(WEIGHTS, task);
  await runner.dispose();
  return {
    lossBefore: Float32Array.of(lossBefore),
    lossAfter: Float32Array.of(lossAfter),
    ...Object.fromEntries([...changed].map(([name, { data: elements }]) => [name, elements])),
  };
}

function batch(engine: Engine): ValueMap {
  const oneHot = (labels: ArrayLike<number>) => {
    const data = new Float32Array(labels.length * ARCHITECTURE.classes);
    for (let row = 0; row < labels.length; row++)
      data[row * ARCHITECTURE.classes + labels[row]!] = 1;
    return engine.upload(data, [labels.length, ARCHITECTURE.classes]);
  };
  const [images, editImage] = [golden('images'), golden('editImage')];
  return {
    images: engine.upload(images.data, images.shape),
    oneHot: oneHot(golden('labels').data),
    editImages: engine.upload(editImage.data, editImage.shape),
    editOneHot: oneHot(golden('editLabel').data),
  };
}

async function run(
  engine: Engine,
  fn: (inputs: TensorMap) => TensorMap,
  inputs: ValueMap,
): Promise<Outputs> {
  const compiled = engine.compile(fn);
  const outputs = await readAll(await compiled.run(inputs));
  disposeValues(inputs);
  await compiled.dispose();
  return outputs;
}
