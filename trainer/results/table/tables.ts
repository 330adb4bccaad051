import type { Figures } from '../figures/figures.ts';
import { comparisonTable } from './comparison-table.ts';
import { linesOf } from './line.ts';
import { LINE_KINDS } from './line-kind.ts';
import { lineTable } from './line-table.ts';
import { widthsTable } from './widths-table.ts';

/** Every kind of table that a page may ask for. */
export const TABLES: Readonly<Record<string, (figures: Figures) => string>> = {
  comparison: comparisonTable,
  widths: widthsTable,
  ...Object.fromEntries(
    Object.entries(LINE_KINDS).map(([name, kind]) => [
      name,
      (figures: Figures) => lineTable(kind, linesOf(figures, kind.headsOf)),
    ]),
  ),
};
