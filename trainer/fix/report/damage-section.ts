import { pictureAt } from '../../data/picture-set.ts';
import { element, escapeText } from '../../evaluation/report/markup.ts';
import { pictureDataUri } from '../../evaluation/report/picture-data-uri.ts';
import { barPlot } from '../../evaluation/report/plot/bar-plot.ts';
import type { ControlPictures } from '../control/control-pictures.ts';
import type { FixRecord } from '../fix-record.ts';
import { tableOf } from './search-tables.ts';

type Controls = FixRecord['figures']['controls'];

/** What a fix does to pictures that it was not made for, with the numbers of those that flipped. */
export function damageSection(
  { figures: { controls }, labelNames, control }: FixRecord,
  pictures: ControlPictures | null,
): string {
  const plot = barPlot({
    rows: Object.entries(controls).map(([kind, { negativeFlips, positiveFlips }]) => ({
      name: kind,
      values: [negativeFlips.length, positiveFlips.length],
    })),
    series: ['broken', 'mended'],
    xTitle: 'control pictures',
    format: String,
    description: 'Control pictures that break and that are mended, by kind',
  });
  const errors = barPlot({
    rows: Object.entries(controls).map(([kind, { errorBefore, errorAfter }]) => ({
      name: kind,
      values: [100 * errorBefore, 100 * errorAfter],
    })),
    series: ['before', 'after'],
    xTitle: 'error (%)',
    format: (value) => value.toFixed(2),
    description: 'Error on each control set before and after',
  });
  return [
    element('h2', {}, 'Damage'),
    element(
      'p',
      {},
      escapeText(
        `${control.pictures} control pictures of ${control.name}: clean ones, those that the network barely decides (boundary), and corrupted ones. Pictures that a fix is for do not count.`,
      ),
    ),
    element(
      'div',
      { class: 'plots' },
      element('figure', {}, element('figcaption', {}, 'Broken and mended'), plot),
      element('figure', {}, element('figcaption', {}, 'Error'), errors),
    ),
    flipTable(controls, labelNames, pictures),
  ].join('');
}

function flipTable(
  controls: Controls,
  labelNames: readonly string[],
  pictures: ControlPictures | null,
): string {
  const rows = Object.entries(controls).flatMap(([kind, { negativeFlips }]) =>
    negativeFlips.map(({ picture, label, after }) =>
      element(
        'tr',
        {},
        element('th', {}, `${kind} ${picture}`),
        ...(pictures ? [element('td', { class: 'text' }, thumbnail(pictures, kind, picture))] : []),
        element('td', { class: 'text' }, escapeText(labelNames[label]!)),
        element('td', { class: 'text' }, escapeText(labelNames[after]!)),
      ),
    ),
  );
  if (rows.length === 0) return element('p', {}, 'No control picture breaks.');
  const head = ['broken test picture', ...(pictures ? [''] : []), 'right before', 'wrong after'];
  return element('h3', {}, 'Pictures that break') + tableOf(head, rows);
}

function thumbnail({ parts, sources, set }: ControlPictures, kind: string, source: number): string {
  const part = parts.find((each) => each.kind === kind)!;
  const place = sources.indexOf(source, part.start);
  return element('img', {
    class: 'thumb',
    src: pictureDataUri(pictureAt(set, place)),
    alt: `${kind} test picture ${source}`,
  });
}
