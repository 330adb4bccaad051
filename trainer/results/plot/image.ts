import { element, escapeText } from '../../evaluation/report/markup.ts';
import { drawing } from '../../evaluation/report/plot/drawing.ts';
import { legendRow } from '../../evaluation/report/plot/interval-plot.ts';
import { LIGHT, PLOT_RULES } from '../../evaluation/report/plot/plot-style.ts';

/** A plot as a page shows it. */
export interface Plot {
  /** An SVG file that needs nothing else. */
  readonly svg: string;
  /** Said to those who do not see it. */
  readonly description: string;
}

const MARGIN = 16;
const HEAD = 30;
const LEGEND = 24;

/**
 * Puts a plot on a card of its own with a title and, for several series, a legend. It is light wherever it
 * is shown, since an image does not know the colours of its page.
 * @param plot as the plots of reports are drawn
 */
export function plotImage(
  plot: string,
  title: string,
  series: readonly string[],
  description: string,
): Plot {
  const [, plotWidth, plotHeight] = / width="([\d.]+)" height="([\d.]+)"/.exec(plot)!;
  const legend = series.length > 1 ? LEGEND : 0;
  const width = Number(plotWidth) + 2 * MARGIN;
  const height = HEAD + legend + Number(plotHeight) + 2 * MARGIN;
  const style = `:root { ${LIGHT} font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; }
.sheet { fill: var(--card); stroke: var(--line); }
svg text.heading { fill: var(--text); font-size: 15px; font-weight: 600; }
${PLOT_RULES}`;
  const sheet = { class: 'sheet', x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 10 };
  const place = `translate(${MARGIN} ${MARGIN + HEAD + legend})`;
  const svg = drawing(
    { width, height, description },
    element('style', {}, style),
    element('rect', sheet),
    element('text', { class: 'heading', x: MARGIN + 4, y: MARGIN + 14 }, escapeText(title)),
    legend > 0 ? legendRow(series, MARGIN + 4, MARGIN + HEAD + 6) : '',
    element('g', { transform: place }, plot),
  );
  return { svg: `${svg}\n`, description };
}
