import { beforeAll, describe, expect, test } from 'vitest';
import { editedPictures } from '../../../../trainer/evaluation/report/edited-pictures.ts';
import { htmlReport } from '../../../../trainer/evaluation/report/html-report.ts';
import { terminalReport } from '../../../../trainer/evaluation/report/terminal-table.ts';
import type { EvaluationResult } from '../../../../trainer/evaluation/run/evaluation-result.ts';
import { runEvaluation } from '../../../../trainer/evaluation/run/run-evaluation.ts';
import { stripes } from '../../training/stripes.ts';
import { LABELS, madeUpPlan, madeUpRun } from '../run/made-up-evaluation.ts';
import { parseMarkup } from './parse-markup.ts';

let result: EvaluationResult;
let other: EvaluationResult;
beforeAll(async () => {
  ({ result } = await runEvaluation(madeUpRun(madeUpPlan([12, 3, 9]))));
  ({ result: other } = await runEvaluation(madeUpRun(madeUpPlan([12, 3, 9], 2))));
});

describe('the report', () => {
  test('is well-formed, with a plot of each kind whose axes say what and in which unit', () => {
    const elements = parseMarkup(htmlReport([result]));
    const plots = elements.filter(({ name, attributes }) => name === 'svg' && attributes.role);
    expect(plots.length).toBeGreaterThanOrEqual(1 + 2 + 2 + 3);
    for (const plot of plots) expect(plot.attributes['aria-label']).not.toBe('');
    const titles = elements
      .filter(({ name, attributes }) => name === 'text' && attributes.class === 'title')
      .map(({ text }) => text);
    for (const title of [
      'drawdown of one edit (pp)',
      'steps of one edit',
      'edits made',
      'edits that hold (%)',
      'wrong neighbours put right (%): more is better',
    ]) {
      expect(titles).toContain(title);
    }
  });

  test('places every mark within its plot', () => {
    const elements = parseMarkup(htmlReport([result, other], { networks: ['one', 'two'] }));
    let size = { width: 0, height: 0 };
    for (const { name, attributes } of elements) {
      const number = (key: string) => Number(attributes[key]);
      if (name === 'svg') size = { width: number('width'), height: number('height') };
      const xs = ['x', 'x1', 'x2', 'cx'].filter((key) => key in attributes).map(number);
      const ys = ['y', 'y1', 'y2', 'cy'].filter((key) => key in attributes).map(number);
      for (const x of xs) expect(x >= 0 && x <= size.width, `${name} x ${x}`).toBe(true);
      for (const y of ys) expect(y >= 0 && y <= size.height, `${name} y ${y}`).toBe(true);
    }
  });

  test('needs nothing from elsewhere, runs nothing, and holds no picture', () => {
    const html = htmlReport([result]);
    const elements = parseMarkup(html);
    const names = new Set(elements.map(({ name }) => name));
    for (const name of ['script', 'link', 'img', 'image', 'iframe', 'object', 'use', 'a']) {
      expect(names).not.toContain(name);
    }
    const addresses = html.match(/[a-z]+:\/\/[^"\s<]*|url\(|@import|data:[a-z]/g) ?? [];
    expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org/2000/svg']));
    for (const { attributes } of elements) {
      for (const key of Object.keys(attributes)) expect(key).not.toMatch(/^(on|src|href)/);
    }
  });

  test('shows each edited picture once, where it is given them', () => {
    const { test: set } = stripes({ test: 12, side: 8 });
    const pictureOf = editedPictures(set, null);
    const elements = parseMarkup(htmlReport([result], { pictureOf }));
    const images = elements.filter(({ name }) => name === 'img');
    expect(images).toHaveLength(12);
    for (const { attributes } of images) {
      const bytes = Buffer.from(attributes.src!.replace('data:image/png;base64,', ''), 'base64');
      expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    }
  });

  test('says every mean of the summary with its interval, and what it was made with', () => {
    const html = htmlReport([result]);
    const cells = parseMarkup(html).filter(({ name }) => name === 'td');
    const drawdown = result.summary![0]!['drawdown.clean']!;
    expect(cells.map(({ text }) => text)).toContain((100 * drawdown.mean).toFixed(3));
    const spans = parseMarkup(html).filter(({ name }) => name === 'span');
    const interval = `[${(100 * drawdown.low).toFixed(3)}, ${(100 * drawdown.high).toFixed(3)}]`;
    expect(spans.map(({ text }) => text)).toContain(interval);
    for (const text of [result.fingerprint, result.plan.network, 'rate 0.01']) {
      expect(html).toContain(text);
    }
    for (const label of LABELS) expect(html).toContain(`<th>${label}</th>`);
  });

  test('keeps what names contain from being markup', () => {
    const [first, ...rest] = result.plan.experiments;
    const method = { ...first!.method, name: '<script>alert("&")</script>' };
    const plan = { ...result.plan, experiments: [{ ...first!, method }, ...rest] };
    const elements = parseMarkup(htmlReport([{ ...result, plan }]));
    expect(elements.some(({ name }) => name === 'script')).toBe(false);
  });
});

describe('the table on the terminal', () => {
  test('has a line a figure and a column a method, within the width', () => {
    const text = terminalReport([result], 70);
    const lines = text.split('\n');
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(100);
    expect(text).toContain('Accuracy 90.00 % on 50 test pictures of made up.');
    expect(text).toMatch(/^edits that succeed, % +\d+\.\d \[\d+\.\d, \d+\.\d\]/m);
    for (const name of ['method-0', 'method-1', 'method-2']) expect(text).toContain(name);
  });

  test('puts several networks side by side', () => {
    const text = terminalReport([result, other], 400, ['plain', 'editable']);
    expect(text).toMatch(/method-0, plain +method-2, plain +method-0, editable/);
  });
});

test('arguable mistakes are marked on the terminal and in the report, where they are known', () => {
  const arguable = {
    mistakes: 5,
    pictures: [{ picture: 17, label: 0, answer: 2, share: 0.42 }],
    error: 0.08,
  };
  const marked = { ...result, base: { ...result.base, arguable } };
  expect(terminalReport([marked], 160)).toMatch(
    /Of 5 mistakes 1 are arguable.*without them is 8\.00 %/,
  );
  const cells = parseMarkup(htmlReport([marked])).filter(
    ({ name }) => name === 'th' || name === 'td',
  );
  const at = cells.findIndex(({ text }) => text === 'test picture 17');
  expect(cells.slice(at + 1, at + 4).map(({ text }) => text)).toEqual([
    LABELS[0],
    LABELS[2],
    '42 %',
  ]);
  expect(terminalReport([result], 160)).not.toContain('arguable');
  expect(htmlReport([result])).not.toContain('rguable');
});
