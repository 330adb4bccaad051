import { formatEstimate, metricTitle } from '../evaluation/report/format-estimate.ts';
import type { Figures } from './figures-file.ts';
import { markdownTable } from './markdown-table.ts';

/** The figures shown, of all that an honest evaluation gives. */
const SHOWN = [
  'success',
  'drawdown.clean',
  'neighbours.shift.gained',
  'neighbours.noise.gained',
  'class.after',
  'overReach.gained',
] as const;

/** Editors and rivals under the honest protocol: a line a method of each network. */
export function methodsTable({ networks }: Figures): string {
  const titles = ['network', 'method', 'edits', ...SHOWN.map(metricTitle)];
  const rows = networks.flatMap(({ network, experiments }) =>
    experiments
      .filter(({ protocol }) => protocol === 'honest')
      .map(({ method, units, figures }) => [
        network,
        `\`${method}\``,
        String(units),
        ...SHOWN.map((name) => {
          const found = figures[name];
          if (!found) return '';
          const { mean, interval } = formatEstimate(name, found);
          return `${mean} ${interval}`;
        }),
      ]),
  );
  return markdownTable(titles, rows);
}
