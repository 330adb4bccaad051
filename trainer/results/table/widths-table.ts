import type { ExperimentFigures, Figures, NetworkFigures } from '../figures/figures.ts';
import { markdownTable } from './markdown-table.ts';

const MEGABYTE = 1e6;
const MEBIBYTE = 2 ** 20;

/** The width in an architecture as evaluations name it. */
export function widthOf({ architecture }: NetworkFigures): number {
  return Number(/width (\d+)/.exec(architecture)?.[1]);
}

/**
 * What each width gives and costs: a line a form of its artifact, beside the accuracy and the editability
 * of the network, under the paper's protocol where it was evaluated so.
 */
export function widthsTable({ networks, forms }: Figures): string {
  const rows = networks.flatMap((network) => {
    const width = widthOf(network);
    const experiment =
      network.experiments.find(({ protocol }) => protocol === 'paper') ?? network.experiments[0];
    const own = [
      String(width),
      (100 * (1 - network.error)).toFixed(2),
      ...(experiment ? editability(experiment) : ['', '', '']),
    ];
    const mine = forms.filter((form) => form.width === width);
    if (mine.length === 0) return [[...own, '', '', '', '', '']];
    return mine.map((form) => [
      ...own,
      `${form.precision} \`${form.storage}\``,
      (form.bytes / MEGABYTE).toFixed(2),
      form.agreement === null ? '' : (100 * form.agreement).toFixed(2),
      form.inferenceMilliseconds?.toFixed(1) ?? '',
      form.heapBytes === null ? '' : (form.heapBytes / MEBIBYTE).toFixed(1),
    ]);
  });
  return markdownTable(
    [
      'width',
      'accuracy, %',
      'edits that succeed, %',
      'steps',
      'drawdown, pp',
      'form',
      'size, MB',
      'same answer as fp32, %',
      'edge latency, ms',
      'heap, MiB',
    ],
    rows,
  );
}

function editability({ figures }: ExperimentFigures): string[] {
  const text = (name: string, factor: number, digits: number) => {
    const found = figures[name];
    return found ? (factor * found.mean).toFixed(digits) : '';
  };
  return [text('success', 100, 1), text('steps', 1, 2), text('drawdown.clean', 100, 3)];
}
