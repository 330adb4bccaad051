import { element, escapeText } from '../../evaluation/report/markup.ts';
import { barPlot } from '../../evaluation/report/plot/bar-plot.ts';
import type { FixFigures } from '../figures.ts';
import type { FixRecord } from '../fix-record.ts';

/** The same fix on another network beside this one; '' where none was compared. */
export function comparisonSection({ comparison, figures, editable }: FixRecord): string {
  if (!comparison) return '';
  const { checkpoint, figures: other, outcome, candidate } = comparison;
  const heading = element('h2', {}, 'The same fix on another network');
  if (!other) return heading + element('p', {}, escapeText(`On ${checkpoint}: ${outcome}.`));
  const kind = (trained: boolean) => (trained ? 'trained to be edited' : 'trained ordinarily');
  const text = `${checkpoint}, ${kind(comparison.editable)}, was fixed by ${candidate}; the gate's verdict there: ${outcome}. This network was ${kind(editable)}.`;
  const kinds = [...new Set([...Object.keys(figures.controls), ...Object.keys(other.controls)])];
  const broken = (of: FixFigures, name: string) => {
    const control = of.controls[name as keyof FixFigures['controls']];
    return control ? (100 * control.negativeFlips.length) / control.pictures : null;
  };
  const plot = barPlot({
    rows: kinds.map((name) => ({ name, values: [broken(figures, name), broken(other, name)] })),
    series: ['this network', 'the other'],
    xTitle: 'control pictures that break (%)',
    format: (value) => value.toFixed(2),
    description: 'Control pictures that break in this network and in the other',
    width: 560,
  });
  return (
    heading +
    element('p', {}, escapeText(text)) +
    element('div', { class: 'plots' }, element('figure', {}, plot))
  );
}
