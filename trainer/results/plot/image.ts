import { element, escapeText } from '../../evaluation/report/markup.ts';
import { drawing } from '../../evaluation/report/plot/drawing.ts';
import { legend } from '../../evaluation/report/plot/legend.ts';
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
  const width = Number(plotWidth) + 2 * MARGIN;
  const room = { left: MARGIN + 4, right: width - MARGIN, top: MARGIN + HEAD - 4 };
  const names = series.length > 1 ? legend(series, room) : { content: '', height: 0 };
  const height = HEAD + names.height + Number(plotHeight) + 2 * MARGIN;
  const style = `:root { ${LIGHT} font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; }
.sheet { fill: var(--card); stroke: var(--line); }
svg text.heading { fill: var(--text); font-size: 15px; font-weight: 600; }
${PLOT_RULES}`;
  const sheet = { class: 'sheet', x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 10 };
  const place = `translate(${MARGIN} ${MARGIN + HEAD + names.height})`;
  const svg = drawing(
    { width, height, description },
    element('style', {}, style),
    element('rect', sheet),
    element('text', { class: 'heading', x: MARGIN + 4, y: MARGIN + 14 }, escapeText(title)),
    names.content,
    element('g', { transform: place }, plot),
  );
  return { svg: `${svg}\n`, description };
}
