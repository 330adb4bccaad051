import type { Histogram } from '../../statistics/histogram.ts';
import { element } from '../markup.ts';
import { plot } from './frame.ts';
import { seriesClass } from './marker.ts';

export interface HistogramPlot {
  readonly histogram: Histogram;
  /** With its unit. */
  readonly xTitle: string;
  readonly yTitle: string;
  /** What the highest bar of all plots that are compared with this one counts. */
  readonly most: number;
  /** Which series it is of. */
  readonly index: number;
  readonly description: string;
}

/** Bars over the bins of a histogram. */
export function histogramPlot(spec: HistogramPlot): string {
  const { edges, counts } = spec.histogram;
  const axes = {
    x: { title: spec.xTitle, values: [edges[0]!, edges.at(-1)!], ends: 'values' as const },
    y: { title: spec.yTitle, values: [0, spec.most] },
  };
  return plot({ width: 322, height: 215 }, axes, spec.description, ({ x, y, bottom }) =>
    counts
      .map((count, bin) => {
        const [from, to] = [x.at(edges[bin]!), x.at(edges[bin + 1]!)];
        const top = y.at(count);
        if (count === 0) return '';
        const width = Math.max(1, to - from - 1);
        return element('rect', {
          class: `bar ${seriesClass(spec.index)}`,
          x: from + 0.5,
          y: top,
          width,
          height: bottom - top,
        });
      })
      .join(''),
  );
}
