import { element, escapeText } from '../../evaluation/report/markup.ts';
import { page } from '../../evaluation/report/page.ts';
import { barPlot } from '../../evaluation/report/plot/bar-plot.ts';
import type { ControlPictures } from '../control/control-pictures.ts';
import { describeVerdict, STRATEGY_TITLES } from '../describe-fix.ts';
import { followingShare } from '../figures.ts';
import type { FixRecord } from '../fix-record.ts';
import type { LoggedFix } from '../log/log-writer.ts';
import { comparisonSection } from './comparison-section.ts';
import { damageSection } from './damage-section.ts';
import { FIX_STYLE } from './fix-style.ts';
import { fixedPictures } from './fixed-pictures.ts';
import { candidateTable, checkTable } from './search-tables.ts';

/**
 * One fix as an HTML file that needs nothing else: its pictures, the answers before and after, the
 * candidates, the damage with the numbers of the pictures that flipped, and the neighbours.
 * @param controls shows the control pictures that flipped; without it no picture but the fixed ones
 */
export function fixPage({ patch, record }: LoggedFix, controls: ControlPictures | null): string {
  const { labels, decision, forced, reason, strategy, candidate } = record;
  const title = `Fix ${record.id}: ${labels.join(', ')}`;
  const kind = forced ? 'forced' : decision.verdict;
  const badge = element('span', { class: `badge ${kind}` }, escapeText(describeVerdict(record)));
  const taken = candidate
    ? `Taken: ${candidate}, at ${(100 * record.share).toFixed(0)} % of its step, because ${reason}. It is ${STRATEGY_TITLES[strategy]}.`
    : `Nothing was edited: ${reason}.`;
  const body = [
    element('h1', {}, escapeText(title), badge),
    element('p', { class: 'quiet' }, escapeText(`By ${record.author}, ${record.at}`)),
    cards(record),
    fixedPictures(patch, record),
    section('The gate', checkTable(decision), reasons(decision.reasons)),
    section('Candidates', element('p', {}, escapeText(taken)), candidateTable(record)),
    damageSection(record, controls),
    regressions(record),
    comparisonSection(record),
    section('Time', timePlot(record)),
    element('h2', {}, 'How this was made'),
    provenance(record),
  ];
  return page(title, body, FIX_STYLE);
}

export function section(title: string, ...content: string[]): string {
  return content.every((each) => each === '')
    ? ''
    : [element('h2', {}, escapeText(title)), ...content].join('');
}

function cards({ figures, stages }: FixRecord): string {
  const card = (value: string, what: string) =>
    element('li', {}, element('strong', {}, escapeText(value)), escapeText(what));
  const { controls, pictures } = figures;
  const broken = Object.values(controls).reduce((sum, each) => sum + each.negativeFlips.length, 0);
  const counted = Object.values(controls).reduce((sum, each) => sum + each.pictures, 0);
  const drawdown = controls.clean ? controls.clean.errorAfter - controls.clean.errorBefore : 0;
  const margin = -Math.max(...pictures.map(({ lossAfter }) => lossAfter));
  const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  return element(
    'ul',
    { class: 'cards' },
    card(`${margin.toFixed(2)} nats`, 'the label wins by'),
    card(percent(Math.min(...pictures.map(followingShare))), 'of the neighbours follow'),
    card(String(broken), `of ${counted} control pictures break`),
    card(`${(100 * drawdown).toFixed(2)} pp`, 'clean error rises by'),
    card(`${seconds.toFixed(1)} s`, 'to find and to gate it'),
  );
}

function reasons(texts: readonly string[]): string {
  return texts.length === 0
    ? ''
    : element('ul', {}, ...texts.map((text) => element('li', {}, escapeText(text))));
}

function regressions({ figures }: FixRecord): string {
  const rows = figures.regressions.map(({ patch, picture, lossBefore, lossAfter }) => ({
    name: picture === 0 ? patch : `${patch}, picture ${picture + 1}`,
    values: [-lossBefore, -lossAfter],
  }));
  if (rows.length === 0) return '';
  const plot = barPlot({
    rows,
    series: ['before', 'after'],
    xTitle: 'margin of the label (nats); lost below 0',
    format: (value) => value.toFixed(2),
    description: 'Margins of the pictures of earlier fixes before and after this one',
    width: 620,
  });
  return section(
    'Earlier fixes',
    element('p', {}, 'Every picture of every fix before this one, by how far its label wins.'),
    element('div', { class: 'plots' }, element('figure', {}, plot)),
  );
}

function timePlot({ stages }: FixRecord): string {
  const plot = barPlot({
    rows: stages.map(({ stage, seconds }) => ({ name: stage, values: [seconds] })),
    series: ['time'],
    xTitle: 'time (s)',
    format: (value) => value.toFixed(2),
    description: 'Time that each stage took',
    width: 520,
  });
  return element('div', { class: 'plots' }, element('figure', {}, plot));
}

function provenance(record: FixRecord): string {
  const { control, thresholds } = record;
  const rows: [string, string][] = [
    ['fix', record.id],
    ['parent', record.parent ?? 'none, the first'],
    ['weights', record.weights],
    ['network', record.editable ? 'trained to be edited' : 'says of itself no such training'],
    ['seed', String(record.seed)],
    ['data', `${control.name}, ${control.fingerprint}`],
    ['control pictures', String(control.pictures)],
    [
      'thresholds',
      Object.entries(thresholds)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ],
  ];
  return element(
    'dl',
    {},
    ...rows.map(
      ([name, value]) => element('dt', {}, escapeText(name)) + element('dd', {}, escapeText(value)),
    ),
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
