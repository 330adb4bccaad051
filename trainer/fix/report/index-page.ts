import { element, escapeText } from '../../evaluation/report/markup.ts';
import { page } from '../../evaluation/report/page.ts';
import { curvePlot } from '../../evaluation/report/plot/curve-plot.ts';
import { describeVerdict } from '../describe-fix.ts';
import type { FixRecord } from '../fix-record.ts';
import type { PatchLog } from '../log/patch-log.ts';
import { FIX_STYLE } from './fix-style.ts';
import { tableOf } from './search-tables.ts';

/** The fixes that hold, each with its page, and the error as they pile up. */
export function indexPage(log: PatchLog, records: readonly FixRecord[]): string {
  const title = 'Fixes';
  const rows = records.map((record, index) => {
    const { id, labels, at, author, figures, candidate, decision, forced } = record;
    const { clean } = figures.controls;
    const broken = Object.values(figures.controls).reduce(
      (sum, { negativeFlips }) => sum + negativeFlips.length,
      0,
    );
    const kind = forced ? 'forced' : decision.verdict;
    return element(
      'tr',
      {},
      element(
        'th',
        {},
        `${index + 1} `,
        element('a', { href: `${id}.html` }, element('code', {}, id)),
      ),
      element('td', { class: 'text' }, escapeText(labels.join(', '))),
      element('td', { class: 'text' }, escapeText(candidate ?? 'held without an edit')),
      element('td', {}, String(broken)),
      element('td', {}, clean ? (100 * (clean.errorAfter - clean.errorBefore)).toFixed(2) : '–'),
      element(
        'td',
        { class: 'text' },
        element('span', { class: `badge ${kind}` }, escapeText(describeVerdict(record))),
      ),
      element('td', { class: 'text' }, escapeText(log.entries[index]?.shipping.state ?? '')),
      element(
        'td',
        { class: 'text' },
        escapeText(`${at.slice(0, 16).replace('T', ' ')}, ${author}`),
      ),
    );
  });
  const head = [
    'fix',
    'label',
    'edit',
    '#pictures broken',
    '#clean drawdown, pp',
    'gate',
    'edge',
    'made',
  ];
  const base = log.state?.base;
  const body = [
    element('h1', {}, title),
    element(
      'p',
      { class: 'quiet' },
      escapeText(
        base
          ? `Of ${base.checkpoint}, weights ${base.weights.slice(0, 12)}.`
          : 'The log holds no fix.',
      ),
    ),
    records.length > 1 ? errorCurve(records) : '',
    records.length > 0 ? tableOf(head, rows) : '',
  ];
  return page(title, body, FIX_STYLE);
}

function errorCurve(records: readonly FixRecord[]): string {
  const line = [
    { x: 0, y: 0 },
    ...records.map(({ figures: { total } }, index) => ({
      x: index + 1,
      y: 100 * (total.errorAfter - total.errorBase),
    })),
  ];
  const titles = { x: 'fixes', y: 'clean error since before the first (pp)' };
  const plot = curvePlot(
    [{ index: 0, line, marks: [] }],
    titles,
    'Clean error as fixes pile up, against the network before any',
  );
  return element(
    'div',
    { class: 'plots' },
    element('figure', {}, element('figcaption', {}, 'Error as fixes pile up'), plot),
  );
}
