import { element, escapeText } from '../../evaluation/report/markup.ts';
import type { FixRecord } from '../fix-record.ts';
import type { GateDecision } from '../gate/gate.ts';

/** What the gate held against its thresholds. */
export function checkTable({ checks }: GateDecision): string {
  const rows = checks.map(({ name, passed, use, text }) =>
    element(
      'tr',
      {},
      element('th', {}, escapeText(name)),
      element(
        'td',
        { class: passed ? 'text pass' : 'text fail' },
        passed ? 'passes' : 'does not pass',
      ),
      element('td', { class: 'text' }, use === null ? '' : usage(use)),
      element('td', { class: 'text' }, escapeText(text)),
    ),
  );
  return tableOf(['check', '', 'used of what is allowed', 'figure'], rows);
}

/** Every candidate of the search that the fix came out of. */
export function candidateTable({ candidates }: FixRecord): string {
  const rows = candidates.map(({ name, state, steps, share, damage }) =>
    element(
      'tr',
      { class: state === 'chosen' ? 'chosen' : null },
      element('th', {}, escapeText(name)),
      element('td', { class: 'text' }, STATES[state]),
      number(steps),
      number(share, 2),
      number(damage?.negativeFlips ?? null),
      number(damage?.overReach ?? null),
      number(damage?.broken ?? null),
      number(damage?.lost ?? null, 1),
    ),
  );
  const head = [
    'candidate',
    '',
    '#steps',
    '#share',
    '#pictures broken',
    '#over-reach',
    '#fixes broken',
    '#probability lost',
  ];
  if (rows.length === 0) return '';
  const note =
    'Share: how much of its edit a candidate needs. Probability lost: by the right labels, summed over control pictures. Candidates are compared on samples of the control pictures that the network decides by least; those that were measured or chosen, on all.';
  return tableOf(head, rows) + element('p', { class: 'quiet' }, note);
}

const STATES: Readonly<Record<FixRecord['candidates'][number]['state'], string>> = {
  waiting: 'not needed',
  editing: 'not finished',
  failed: 'does not fix it',
  sampled: 'sampled',
  dropped: 'dropped',
  measured: 'measured',
  chosen: 'chosen',
};

/** @param head titles, with `#` before those of numbers @param rows markup of whole rows */
export function tableOf(head: readonly string[], rows: readonly string[]): string {
  const titles = head.map((title) =>
    element(
      'th',
      { class: title.startsWith('#') ? null : 'text' },
      escapeText(title.replace(/^#/, '')),
    ),
  );
  return element(
    'div',
    { class: 'scroll' },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...titles)),
      element('tbody', {}, ...rows),
    ),
  );
}

function usage(use: number): string {
  const width = Math.max(0, Math.min(1, use)) * 110;
  const bar = element('span', { class: use > 1 ? 'use over' : 'use', style: `width:${width}px` });
  return `${element('span', { class: 'track' }, bar)}${(100 * use).toFixed(0)} %`;
}

function number(value: number | null, digits = 0): string {
  return element('td', {}, value === null ? '–' : value.toFixed(digits));
}
