import type { Figures } from '../figures/figures.ts';
import { linesOf } from '../table/line.ts';
import { LINE_KINDS } from '../table/line-kind.ts';
import { comparisonPlot } from './comparison-plot.ts';
import type { Plot } from './image.ts';
import { linesPlot, sequencePlot, tradeOffPlot } from './line-plots.ts';
import { widthsPlot } from './widths-plot.ts';

const lines = (figures: Figures, kind: string) => linesOf(figures, LINE_KINDS[kind]!.headsOf);

/** Every kind of plot that a page may ask for: beside the table of the same kind. */
export const PLOTS: Readonly<Record<string, (figures: Figures) => Plot>> = {
  comparison: comparisonPlot,
  widths: widthsPlot,
  editors: (figures) =>
    linesPlot(lines(figures, 'editors'), 'drawdown.clean', 'Damage of one edit, by editor'),
  stages: (figures) =>
    linesPlot(lines(figures, 'stages'), 'drawdown.clean', 'Damage of one edit, by stages edited'),
  policies: (figures) =>
    linesPlot(lines(figures, 'policies'), 'drawdown.clean', 'Damage of one edit, by its label'),
  adversarial: (figures) =>
    linesPlot(
      lines(figures, 'adversarial'),
      'neighbours.gained',
      'What edits of adversarial examples cover',
    ),
  sequential: (figures) =>
    sequencePlot(lines(figures, 'sequential'), 'Damage as edits of mistakes pile up'),
  methods: (figures) =>
    tradeOffPlot(
      lines(figures, 'methods'),
      { x: 'neighbours.gained', y: 'drawdown.clean' },
      ({ heads }) => heads.at(-1)!,
      'What edits of mistakes give and cost',
    ),
  sweep: (figures) =>
    tradeOffPlot(
      lines(figures, 'sweep'),
      { x: 'error', y: 'drawdown.clean' },
      ({ heads: [edit, locality] }) =>
        locality === '' ? edit! : `c_edit ${edit}, c_loc ${locality}`,
      'Accuracy and damage by the weights of the loss',
    ),
};
