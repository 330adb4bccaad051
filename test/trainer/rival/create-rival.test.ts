import { tmpdir } from 'node:os';
import { afterAll, describe, expect, test } from 'vitest';
import { NetworkGrounds } from '../../../trainer/control/network-grounds.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { SuffixScorer } from '../../../trainer/evaluation/suffix-scorer.ts';
import {
  createRival,
  RIVAL_NAMES,
  type RivalContext,
} from '../../../trainer/rival/create-rival.ts';
import { architecture, data, fixOf, unfixed } from './striped-fixes.ts';

const engine = createOnnxEngine();
const { preprocessing } = data;
const network = { architecture, weights: unfixed.weights, preprocessing };
const scorer = new SuffixScorer(engine, network, { keepBefore: [] });
afterAll(() => scorer.dispose());

const context: RivalContext = {
  engine,
  architecture,
  data,
  scorer,
  grounds: new NetworkGrounds(engine, network, data),
  settings: { editor: gradientDescent(0.03), stages: ['layer4'], margin: 0.25, maxSteps: 40 },
  seed: 1,
  folder: tmpdir(),
};

describe('createRival', () => {
  test('knows the names of the command line', () => {
    expect([...RIVAL_NAMES].sort()).toEqual([
      'cache-exact',
      'cache-perceptual',
      'fine-tune-rehearsal',
      'interpolation',
      'last-layer',
      'nearest-neighbour',
      'retrain',
    ]);
  });

  test.each(RIVAL_NAMES)(
    'makes %s under its name, with the margin where it has one',
    async (name) => {
      const rival = await createRival(name, context);
      expect(rival.name).toBe(name);
      if (!/cache|neighbour/.test(name)) expect(rival.settings.margin).toBe(0.25);
      await rival.dispose();
    },
  );

  test('makes interpolation go back from the editor of the settings', async () => {
    const rival = await createRival('interpolation', context);
    const { success, model } = await rival.edit(unfixed, fixOf(2));
    expect(success).toBe(true);
    for (const [name, { data }] of model.weights) {
      const moves = name.startsWith('layer4') && !name.includes('running');
      expect(data !== unfixed.weights.get(name)!.data, name).toBe(moves);
    }
    await rival.dispose();
  });

  test('refuses a name that it does not know, and says which there are', async () => {
    for (const name of ['cache', 'constructor']) {
      await expect(createRival(name, context)).rejects.toMatchObject({
        code: 'RIVAL_UNKNOWN',
        message: expect.stringContaining('cache-exact'),
      });
    }
  });
});
