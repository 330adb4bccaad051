import type { BaseFigures, EvaluationResult } from '../run/evaluation-result.ts';
import { LEAST_SHARE } from '../uncertainty/label-uncertainty.ts';
import { table } from './figure-table.ts';
import { element, escapeText } from './markup.ts';

/** What is to be said of mistakes that may be none; null where it is not known what people say. */
export function arguableText({ arguable }: BaseFigures): string | null {
  if (arguable === null) return null;
  const { mistakes, pictures, error } = arguable;
  return `Of ${mistakes} mistakes ${pictures.length} are arguable: people gave the network's answer too. The error without them is ${(100 * error).toFixed(2)} %; mistakes that are edited are drawn from the others.`;
}

/** The arguable mistakes as a section of a report, without pictures; '' where there are none. */
export function arguableSection({ base, plan }: EvaluationResult, network: string | null): string {
  if (base.arguable === null) return '';
  const { labelNames } = plan.data;
  const rows = base.arguable.pictures.map(({ picture, label, answer, share }) => [
    `test picture ${picture}`,
    escapeText(labelNames[label]!),
    escapeText(labelNames[answer]!),
    share === null ? '–' : `${(100 * share).toFixed(0)} %`,
  ]);
  const heading = network === null ? 'Arguable mistakes' : `Arguable mistakes, ${network}`;
  const note = `${arguableText(base)} A label counts as given from ${100 * LEAST_SHARE} % of people on.`;
  const head = ['', 'label in the data set', 'answer of the network', 'people who gave the answer'];
  return [
    element('h2', {}, escapeText(heading)),
    element('p', {}, escapeText(note)),
    rows.length > 0 ? table(head, rows) : '',
  ].join('');
}
