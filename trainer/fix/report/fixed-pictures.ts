import { element, escapeText } from '../../evaluation/report/markup.ts';
import { pictureDataUri } from '../../evaluation/report/picture-data-uri.ts';
import { barPlot } from '../../evaluation/report/plot/bar-plot.ts';
import type { Patch } from '../../patch/patch.ts';
import type { FixRecord } from '../fix-record.ts';

/** Classes shown: those that come first before or after. */
const CLASSES = 5;

/** Each fixed picture with its answers before and after, and with what its neighbours are taken for. */
export function fixedPictures({ constraints }: Patch, { figures, labelNames }: FixRecord): string {
  return constraints
    .map(({ picture, labelName }, index) => {
      const fixed = figures.pictures[index]!;
      const { probabilitiesBefore: before, probabilitiesAfter: after, neighbours } = fixed;
      const answer = labelNames[before.indexOf(Math.max(...before))]!;
      const shown = labelNames
        .map((name, label) => ({ name, values: [100 * before[label]!, 100 * after[label]!] }))
        .sort((a, b) => Math.max(...b.values) - Math.max(...a.values))
        .slice(0, CLASSES);
      const answers = barPlot({
        rows: shown,
        series: ['before', 'after'],
        xTitle: 'probability (%)',
        most: 100,
        format: (value) => value.toFixed(1),
        description: `Probabilities before and after: ${answer} becomes ${labelName}`,
        width: 400,
      });
      const following = barPlot({
        rows: neighbours.map(({ kind, pictures, before: was, after: is }) => ({
          name: `${kind} (${pictures})`,
          values: [(100 * was) / pictures, (100 * is) / pictures],
        })),
        series: ['before', 'after'],
        xTitle: `neighbours taken for ${labelName} (%)`,
        most: 100,
        format: (value) => value.toFixed(0),
        description: `Neighbours of each kind that are taken for ${labelName}`,
        width: 370,
      });
      const image = element('img', { src: pictureDataUri(picture), alt: labelName });
      const caption = `${escapeText(answer)} → <strong>${escapeText(labelName)}</strong>`;
      return element(
        'div',
        { class: 'fixed' },
        element('figure', { class: 'picture' }, image, element('figcaption', {}, caption)),
        captioned('What the network says', answers),
        captioned('Neighbours: the picture, varied', following),
      );
    })
    .join('');
}

function captioned(caption: string, plot: string): string {
  return element('figure', {}, element('figcaption', {}, escapeText(caption)), plot);
}
