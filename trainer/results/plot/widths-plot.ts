import { intervalPlot } from '../../evaluation/report/plot/interval-plot.ts';
import type { Figures } from '../figures/figures.ts';
import { type Plot, plotImage } from './image.ts';

/** How long the edge takes for a picture, by width and form. */
export function widthsPlot({ forms }: Figures): Plot {
  const measured = forms.filter(({ inferenceMilliseconds }) => inferenceMilliseconds !== null);
  if (measured.length === 0) throw new RangeError('No form was measured at the edge.');
  const nameOf = ({ precision, storage }: Figures['forms'][number]) => `${precision} ${storage}`;
  const series = [...new Set(measured.map(nameOf))];
  const widths = [...new Set(measured.map(({ width }) => width))].sort((a, b) => a - b);
  const rows = widths.map((width) => ({
    name: `width ${width}`,
    values: series.map((name) => {
      const form = measured.find((each) => each.width === width && nameOf(each) === name);
      if (!form) return null;
      const mean = form.inferenceMilliseconds!;
      return { mean, low: mean, high: mean, count: 1 };
    }),
  }));
  const title = 'Edge latency of one picture';
  const description = `${title} in milliseconds, by width and form`;
  const xTitle = 'inference in workerd, median (ms)';
  const format = (value: number) => value.toFixed(1);
  const plot = intervalPlot({ rows, series, xTitle, format, description });
  return plotImage(plot, title, series, description);
}
