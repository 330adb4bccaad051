import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Figures, readFigures } from '../../../trainer/results/figures-file.ts';
import { renewTables } from '../../../trainer/results/marked-tables.ts';
import { documents, project } from '../../docs/documentation.ts';

const PAGE = documents.get('docs/results.md')!;
const kept = (name: string) => readFigures(join(project, 'docs', 'results', `${name}.json`));

const estimate = (mean: number) => ({ mean, low: mean, high: mean, count: 2 });
const network = (name: string, seed: number, error: number, drawdown: number) => ({
  network: name,
  seed,
  weights: 'ab',
  engine: 'onnx',
  pictures: 100,
  error,
  experiments: [
    {
      protocol: 'paper',
      method: 'rmsprop',
      settings: {},
      units: 2,
      figures: { success: estimate(1), steps: estimate(3), 'drawdown.clean': estimate(drawdown) },
      drawdowns: [drawdown, drawdown],
    },
  ],
});
const figures: Figures = {
  schema: 'patchwork/figures@1',
  networks: [network('ordinary', 4, 0.1, 0.12), network('editable', 4, 0.104, 0.02)],
};
const page = (mark: string, table: string) =>
  `before\n<!-- table: ${mark} -->\n${table}<!-- end of table -->\nafter\n`;

test('the page of results has the tables that its figures make', async () => {
  expect(await renewTables(PAGE, kept)).toBe(PAGE);
});

test('a number that was changed by hand is put right', async () => {
  const changed = PAGE.replace(/\| \d+\.\d+ \[/, '| 99.99 [');
  expect(changed).not.toBe(PAGE);
  expect(await renewTables(changed, kept)).toBe(PAGE);
});

test('a comparison says how much smaller drawdown is, and what that costs', async () => {
  const renewed = await renewTables(page('comparison of made-up', 'old\n'), async (name) => {
    expect(name).toBe('made-up');
    return figures;
  });
  const cells = renewed
    .split('\n')
    .find((line) => line.startsWith('| 4 '))!
    .split(' | ');
  expect(cells.slice(1, 4)).toEqual(['10.00', '10.40', '0.40']);
  expect(cells.slice(4, 7)).toEqual([
    '12.00 [12.00, 12.00]',
    '2.00 [2.00, 2.00]',
    '6.0 [6.0, 6.0]',
  ]);
  expect(renewed).not.toContain('old');
  expect(renewed).toMatch(/^before\n.*\nafter\n$/s);
});

test('several seeds are averaged', async () => {
  const more = [network('editable', 5, 0.2, 0.01), network('ordinary', 5, 0.1, 0.04)];
  const both = { ...figures, networks: [...figures.networks, ...more] };
  const renewed = await renewTables(page('comparison of made-up', ''), async () => both);
  const cells = renewed
    .split('\n')
    .find((line) => line.startsWith('| mean '))!
    .split(' | ');
  expect(cells[2]).toMatch(/^15\.20 \[10\.40, 20\.00\]$/);
  expect(cells[6]).toMatch(/^5\.3 \[4\.0, 6\.0\]$/);
});

test('what cannot be made is refused', async () => {
  const give = (networks: Figures['networks']) => async () => ({ ...figures, networks });
  await expect(renewTables('no mark', give(figures.networks))).rejects.toThrow(/marks no table/);
  const unknown = page('medals of made-up', '');
  await expect(renewTables(unknown, give(figures.networks))).rejects.toThrow(/no table "medals"/);
  const lonely = renewTables(page('comparison of made-up', ''), give([figures.networks[0]!]));
  await expect(lonely).rejects.toThrow(/no editable network of seed 4/);
});
