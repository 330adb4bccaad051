import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { loadDataSet } from '../data/load.ts';
import { pictureAt, subset } from '../data/picture-set.ts';
import { EditorMethod } from '../editor/editor-method.ts';
import { createEditor } from '../editor/editors.ts';
import type { Engine } from '../engine/engine.ts';
import { SuffixScorer } from '../evaluation/suffix-scorer.ts';
import type { Architecture } from '../network/architecture.ts';
import { initialWeights } from '../network/initialise.ts';

const WIDTH = 64;
const CONTROL = 2000;
const STEPS = 10;

export interface EditsFigure {
  readonly measured: 'edits';
  /** How many edits were made and scored, and how many the time for 100 is stated for. */
  readonly edits: number;
  /** To compute once what no edit changes on the control set. */
  readonly prepareSeconds: number;
  /** The mean of one edit with its damage check. */
  readonly secondsPerEdit: number;
  readonly meanSteps: number;
  /** Of 100 edits, the preparation among it: measured, or extrapolated from fewer edits. */
  readonly secondsFor100: number;
}

/**
 * Times edits of layer3 in an untrained ResNet-18 of width 64 by RMSProp, at most 10 steps each, every
 * one scored on 2,000 control pictures; pictures of the embedded data set.
 */
export async function timeEdits(engine: Engine, edits: number): Promise<EditsFigure> {
  const data = await loadDataSet('embedded', { dir: '' });
  const { test } = data;
  const preprocessing: Preprocessing = data.preprocessing;
  const classes = test.labelNames.length;
  const architecture: Architecture = { name: 'resnet18', stem: 'cifar', width: WIDTH, classes };
  const weights = initialWeights(architecture, 1);
  const control = subset(
    test,
    Uint32Array.from({ length: CONTROL }, (_, index) => index),
  );
  const scorer = new SuffixScorer(
    engine,
    { architecture, weights, preprocessing },
    { keepBefore: ['layer3'] },
  );
  const method = new EditorMethod({
    engine,
    architecture,
    preprocessing,
    settings: {
      editor: createEditor('rmsprop'),
      stages: ['layer3'],
      margin: 0.1,
      maxSteps: STEPS,
      rehearsal: null,
    },
  });
  const began = performance.now();
  const prepared = await scorer.prepare(control);
  const prepareSeconds = (performance.now() - began) / 1000;
  const model = { weights, overrides: [] };
  let steps = 0;
  const edit = async (index: number) => {
    const request = { picture: pictureAt(test, index), label: index % classes };
    const outcome = await method.edit(model, request);
    await scorer.logits(prepared, outcome.model);
    steps += outcome.steps;
  };
  const first = performance.now();
  for (let index = 0; index < edits; index++) await edit(index);
  const secondsPerEdit = (performance.now() - first) / 1000 / edits;
  await method.dispose();
  await scorer.dispose();
  return {
    measured: 'edits',
    edits,
    prepareSeconds,
    secondsPerEdit,
    meanSteps: steps / edits,
    secondsFor100: prepareSeconds + 100 * secondsPerEdit,
  };
}
