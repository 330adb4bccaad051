import { describe, expect, test } from 'vitest';
import { trainCommand } from '../../../../trainer/cli/train.ts';
import type { Figures } from '../../../../trainer/results/figures/figures.ts';
import { PLOTS } from '../../../../trainer/results/plot/plots.ts';
import { TABLES } from '../../../../trainer/results/table/tables.ts';
import { COMPARED, exactly, experiment, network } from '../figures/made-up-figures.ts';

/** The cells of a table's rows. */
function rows(kind: string, figures: Figures): string[][] {
  const lines = TABLES[kind]!(figures).split('\n').slice(2);
  return lines.map((line) => line.slice(2, -2).split(' | '));
}

const head = (kind: string, figures: Figures) => TABLES[kind]!(figures).split('\n')[0];
const figures = (...networks: Figures['networks']): Figures => ({ networks, forms: [] });

describe('a comparison', () => {
  test('says how much smaller drawdown is, and what that costs', () => {
    const [cells] = rows('comparison', COMPARED);
    expect(cells!.slice(0, 4)).toEqual(['4', '10.00', '10.40', '0.40']);
    expect(cells!.slice(4, 7)).toEqual([
      '12.00 [12.00, 12.00]',
      '2.00 [2.00, 2.00]',
      '6.0 [6.0, 6.0]',
    ]);
  });

  test('averages over seeds', () => {
    const more = [
      network('editable', 5, 0.2, [experiment(0.01)]),
      network('ordinary', 5, 0.1, [experiment(0.04)]),
    ];
    const cells = rows('comparison', figures(...COMPARED.networks, ...more)).at(-1)!;
    expect(cells[0]).toBe('mean');
    expect(cells[2]).toBe('15.20 [10.40, 20.00]');
    expect(cells[6]).toBe('5.3 [4.0, 6.0]');
  });

  test('says the seeds that the training commands take, not that of the names', () => {
    const trained = (name: string, ...seeds: string[]) =>
      network(name, 7, 0.1, [experiment(0.1)], {
        training: seeds.map((seed) => `npx patchwork train ${seed} --out ${name}.safetensors`),
      });
    const ordinary = trained('ordinary', '', '--seed 1', '--seed 4', '--seed 4');
    const seedOf = (...pair: Figures['networks']) => rows('comparison', figures(...pair))[0]![0];
    expect(seedOf(ordinary, { ...ordinary, network: 'editable' })).toBe('1 then 4');
    expect(seedOf(ordinary, trained('editable', '--seed 5'))).toBe('1 then 4 / 5');
    expect(seedOf(trained('ordinary'), trained('editable'))).toBe('7');
    expect(PLOTS.comparison!(figures(ordinary, trained('editable', '--seed 5'))).svg).toContain(
      'seed 1 then 4 / 5',
    );
  });

  test('takes the seed of a command that names none to be what the command takes', () => {
    const silent = ['ordinary', 'editable'].map((name) =>
      network(name, 7, 0.1, [experiment(0.1)], { training: ['npx patchwork train'] }),
    );
    const { defaultValue } = trainCommand().options.find(({ long }) => long === '--seed')!;
    expect(rows('comparison', figures(...silent))[0]![0]).toBe(String(defaultValue));
  });

  test('needs both networks of a seed', () => {
    expect(() => rows('comparison', figures(COMPARED.networks[0]!))).toThrow(
      /no editable network of seed 4/,
    );
  });
});

test('editors are lines of both networks, averaged over the seeds of their trainings', () => {
  const [adam, honest] = [
    experiment(0.3, { method: 'adam', settings: { rate: 0.01 } }),
    experiment(0.9, { protocol: 'honest' }),
  ];
  const cells = rows(
    'editors',
    figures(
      network('ordinary', 1, 0.1, [experiment(0.1), adam, honest]),
      network('ordinary', 2, 0.2, [experiment(0.3)]),
      network('editable', 1, 0.15, [experiment(0.01)]),
    ),
  );
  expect(cells.map((line) => line.slice(0, 5))).toEqual([
    ['ordinary', '`rmsprop`', '0.001', '2 seeds of 2', '15.00 [10.00, 20.00]'],
    ['ordinary', '`adam`', '0.01', '2', '10.00'],
    ['editable', '`rmsprop`', '0.001', '2', '15.00'],
  ]);
  expect(cells.map((line) => line.at(-1))).toEqual([
    '20.000 [10.000, 30.000]',
    '30.000 [30.000, 30.000]',
    '1.000 [1.000, 1.000]',
  ]);
});

test('stages and edits are told apart', () => {
  const of = (stages: string, protocol: string, drawdown: number) =>
    network('editable', 1, 0.1, [experiment(drawdown, { protocol, settings: { stages } })]);
  const given = figures(
    of('layer3', 'paper', 0.1),
    of('head', 'paper', 0.2),
    of('head', 'honest', 0.3),
  );
  expect(rows('stages', given).map((line) => [...line.slice(0, 3), line.at(-1)])).toEqual([
    ['editable', 'layer3', 'random label', '10.000 [10.000, 10.000]'],
    ['editable', 'head', 'random label', '20.000 [20.000, 20.000]'],
    ['editable', 'head', 'real mistake', '30.000 [30.000, 30.000]'],
  ]);
  expect(rows('policies', given).map((line) => line[1])).toEqual(['random label', 'real mistake']);
});

describe('a sweep', () => {
  const trained = (seed: number, ...options: string[]) =>
    network('editable', seed, 0.1, [experiment(0.1)], {
      training: ['npx patchwork train', ['npx patchwork train', ...options].join(' ')],
    });

  test('tells trainings apart by the weights in their commands, the defaults where none is given', () => {
    const swept = figures(
      trained(1, '--editable', '--edit-weight', '0.1', '--locality-weight', '1'),
      trained(1, '--editable'),
      trained(1),
    );
    expect(rows('sweep', swept).map((line) => line.slice(0, 2))).toEqual([
      ['0.1', '1'],
      ['0.01', '0.3'],
      ['ordinary training', ''],
    ]);
    expect(PLOTS.sweep!(swept).svg).toContain('c_edit 0.1, c_loc 1');
  });

  test('needs the commands', () => {
    const unknown = network('editable', 1, 0.1, [experiment(0.1)], { training: [] });
    expect(() => rows('sweep', figures(unknown))).toThrow(/not known which command trained/);
  });
});

test('sequences, attacks and rivals have the figures of their kind', () => {
  const sequence = experiment(0, {
    protocol: 'sequential',
    figures: {
      'drawdown@1': exactly(0.01),
      'drawdown@100': exactly(0.2),
      'retention@100': exactly(0.5),
    },
  });
  const attack = experiment(0.02, {
    protocol: 'adversarial',
    method: 'rmsprop, fgsm',
    figures: { 'restart.gained': exactly(0.75), 'neighbours.gained': exactly(0.25) },
  });
  const rival = experiment(0.02, {
    protocol: 'honest',
    method: 'cache-exact',
    figures: { 'neighbours.gained': exactly(0.5), 'drawdown.clean': exactly(0.02) },
  });
  const given = figures(network('editable', 1, 0.1, [sequence, attack, rival]));
  expect(head('sequential', given)).toMatch(
    /drawdown after edit 1, pp \| drawdown after edit 100, pp \| earlier edits that still hold after 100/,
  );
  expect(rows('adversarial', given)).toEqual([
    ['editable', '`rmsprop, fgsm`', '2', '75.0 [75.0, 75.0]', '25.0 [25.0, 25.0]'],
  ]);
  expect(rows('methods', given)[0]!.slice(0, 3)).toEqual(['editable', '`cache-exact`', '2']);
  for (const kind of ['sequential', 'adversarial', 'methods']) {
    expect(PLOTS[kind]!(given).svg, kind).toMatch(/^<svg .*\((%|pp)\)/s);
  }
  expect(() => rows('editors', given)).toThrow(/No evaluation has figures of this kind/);
});

test('widths have their accuracy, editability, sizes and latencies', () => {
  const form = { agreement: null, inferenceMilliseconds: null, heapBytes: null };
  const given: Figures = {
    networks: [network('editable', 1, 0.1, [experiment(0.02)])],
    forms: [
      { ...form, width: 8, precision: 'fp32', storage: 'ort', bytes: 2_500_000 },
      {
        width: 8,
        precision: 'int8',
        storage: 'ort',
        bytes: 700_000,
        agreement: 0.995,
        inferenceMilliseconds: 3.21,
        heapBytes: 3 * 2 ** 20,
      },
      { ...form, width: 64, precision: 'fp32', storage: 'ort', bytes: 1 },
    ],
  };
  const network8 = ['8', '90.00', '100.0', '3.00', '2.000'];
  expect(rows('widths', given)).toEqual([
    [...network8, 'fp32 `ort`', '2.50', '', '', ''],
    [...network8, 'int8 `ort`', '0.70', '99.50', '3.2', '3.0'],
  ]);
  expect(PLOTS.widths!(given).svg).toMatch(/int8 ort|>3\.2</);
});
