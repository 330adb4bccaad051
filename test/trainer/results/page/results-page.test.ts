import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { writeFigures } from '../../../../trainer/results/figures/figures-file.ts';
import {
  checkResultsPage,
  figuresPath,
  writeResultsPage,
} from '../../../../trainer/results/page/results-page.ts';
import { project } from '../../../docs/documentation.ts';
import { COMPARED } from '../figures/made-up-figures.ts';

const DOCS = join(project, 'docs');
let folder = '';
let docs = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-results-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  docs = await mkdtemp(join(folder, 'docs-'));
});

/** A page with every kind of block about one comparison. */
async function page() {
  const mark = (name: string) =>
    `<!-- ${name} of pair -->\n<!-- end of ${name.split(':')[0]} -->\n`;
  const blocks = [
    'table: comparison',
    'plot: comparison',
    'commands: training',
    'commands: evaluation',
  ];
  await writeFile(join(docs, 'results.md'), `# Results\n\n${blocks.map(mark).join('\nText.\n\n')}`);
  await writeFigures(figuresPath(docs, 'pair'), COMPARED);
  await writeResultsPage(docs);
  return readFile(join(docs, 'results.md'), 'utf8');
}

async function change(file: string, from: string | RegExp, to: string) {
  const path = join(docs, file);
  const text = await readFile(path, 'utf8');
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  await writeFile(path, changed);
}

test("the project's own page is what its figures make", async () => {
  expect(await checkResultsPage(DOCS)).toEqual([]);
});

test('any digit of the tables of the own page is held', async () => {
  await cp(DOCS, docs, { recursive: true });
  await change('results.md', /\| \d+\.\d+ \[/, '| 99.99 [');
  expect(await checkResultsPage(docs)).toEqual([
    expect.stringMatching(/^table comparison of \S+, row 1 .*\n.*99\.99/s),
  ]);
  await writeResultsPage(docs);
  expect(await checkResultsPage(docs)).toEqual([]);
  const own = await readFile(join(DOCS, 'results.md'), 'utf8');
  expect(await readFile(join(docs, 'results.md'), 'utf8')).toBe(own);
});

test('a page has its tables, plots and commands, and keeps the text around them', async () => {
  const text = await page();
  expect(text).toMatch(/^# Results\n\n<!-- table: comparison of pair -->\n\| seed /);
  expect(text.match(/\nText\.\n/g)).toHaveLength(3);
  const image = /!\[.*ordinarily.*\]\((images\/results\/pair-comparison\.svg)\)/.exec(text);
  expect(await readFile(join(docs, image![1]!), 'utf8')).toMatch(/^<svg .*drawdown \(pp\)/s);
  expect(text).toContain('# ordinary, trained by seed 4\nnpx patchwork train --seed 4');
  expect(text).toContain('# editable, trained by seed 4, drawn by seed 9\nnpx patchwork evaluate');
  expect(await checkResultsPage(docs)).toEqual([]);
});

test('the commands are under the seeds that they take, not that of the names', async () => {
  const training = ['', '--seed 5'].map((seed) => `npx patchwork train ${seed}`);
  const networks = COMPARED.networks.map((each) => ({ ...each, training }));
  await writeFigures(figuresPath(docs, 'pair'), { networks, forms: [] });
  const mark = '<!-- commands: evaluation of pair -->\n<!-- end of commands -->';
  await writeFile(join(docs, 'results.md'), mark);
  await writeResultsPage(docs);
  expect(await readFile(join(docs, 'results.md'), 'utf8')).toContain(
    '# ordinary, trained by seed 1 then 5, drawn by seed 9\n',
  );
});

test('what differs is named: the block, the row, and both versions', async () => {
  await page();
  await change('results.md', '12.00 [', '12.01 [');
  await change('results.md', 'train --seed 4', 'train --seed 5');
  const [table, commands, ...rest] = await checkResultsPage(docs);
  expect(table).toMatch(/^table comparison of pair, row 1 \(4, 10\.00\):.*12\.01.*12\.00/s);
  expect(commands).toMatch(/^commands training of pair, line 3:.*--seed 5.*--seed 4/s);
  expect(rest).toEqual([]);
});

test.each([
  ['that is shown', '"drawdown.clean":{"mean":0.12,', '"drawdown.clean":{"mean":0.13,', /row 1/],
  ['that is not', '"pictures":100', '"pictures":101', /^results\/pair\.json: it was changed/],
])('a figure %s that was changed in its file is found', async (_, from, to, what) => {
  await page();
  await change('results/pair.json', from, to);
  const found = await checkResultsPage(docs);
  expect(found[0]).toMatch(/^results\/pair\.json: it was changed since it was collected/);
  expect(found.join('\n')).toMatch(what);
});

test('images are held too: changed, lost, and left behind', async () => {
  await page();
  const images = join(docs, 'images', 'results');
  await change('images/results/pair-comparison.svg', 'pp', 'kg');
  await writeFile(join(images, 'old.svg'), '<svg/>');
  expect(await checkResultsPage(docs)).toEqual([
    'images/results/pair-comparison.svg: its figures make another image',
    'images/results/old.svg: the page does not show it',
  ]);
  await rm(join(images, 'pair-comparison.svg'));
  expect((await checkResultsPage(docs))[0]).toMatch(/there is no such image/);
  await writeResultsPage(docs);
  expect(await readdir(images)).toEqual(['pair-comparison.svg']);
});

test.each([
  ['begins with a mark that is misspelt', '<!-- table: ', '<!-- tabel: ', /Line 3 .*tabel/],
  ['begins with no mark', /<!-- table: .*\n/, '', /Line 6 .*end of table/],
  ['ends with no mark', '<!-- end of table -->\n', '', /Line 3 .*table: comparison/],
  ['has a space behind its first mark', ' of pair -->', ' of pair --> ', /Line 3 .*--> "/],
  ['has a space behind its last mark', 'end of table -->', 'end of table --> ', /Line 3/],
  ['ends as another kind', 'end of table', 'end of plot', /Line 3/],
])('a block that %s is refused, and the page left as it is', async (_, from, to, what) => {
  await page();
  await change('results.md', '12.00 [', '12.01 [');
  await change('results.md', from, to);
  const present = await readFile(join(docs, 'results.md'), 'utf8');
  const refusal = { code: 'RESULT_INVALID', message: expect.stringMatching(what) };
  await expect(checkResultsPage(docs)).rejects.toMatchObject(refusal);
  await expect(writeResultsPage(docs)).rejects.toMatchObject(refusal);
  expect(await readFile(join(docs, 'results.md'), 'utf8')).toBe(present);
});

test('a page may speak of marks in code', async () => {
  await page();
  await change(
    'results.md',
    'Text.',
    'Between `<!-- table: KIND of NAME -->` and `<!-- end of table -->`.',
  );
  expect(await checkResultsPage(docs)).toEqual([]);
});

test('figures that the page does not name are found', async () => {
  await page();
  await writeFigures(figuresPath(docs, 'forgotten'), COMPARED);
  expect(await checkResultsPage(docs)).toEqual([
    'results/forgotten.json: no mark of the page names it',
  ]);
});

test.each([
  ['no mark', /marks no table/],
  ['<!-- table: medals of pair -->\n<!-- end of table -->', /no "medals", only comparison/],
  [
    '<!-- plot: widths of pair -->\n<!-- end of plot -->',
    /plot widths of pair cannot be made.*edge/,
  ],
  ['<!-- commands: cooking of pair -->\n<!-- end of commands -->', /not "cooking"/],
])('%j is refused', async (text, what) => {
  await writeFigures(figuresPath(docs, 'pair'), COMPARED);
  await writeFile(join(docs, 'results.md'), text);
  await expect(checkResultsPage(docs)).rejects.toMatchObject({
    code: 'RESULT_INVALID',
    message: expect.stringMatching(what),
  });
});
