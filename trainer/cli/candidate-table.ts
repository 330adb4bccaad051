import type { Strategy } from '../fix/fix-record.ts';
import type { Damage } from '../fix/search/damage.ts';
import type { CandidateRow } from '../fix/search/search-edits.ts';

/**
 * Shows how a search goes: a table that is drawn over on a terminal, a line a finished step elsewhere.
 * On the standard error, so that results can be piped.
 */
export function candidateTable(): (strategy: Strategy, rows: readonly CandidateRow[]) => void {
  const live = process.stderr.isTTY === true;
  let drawn = 0;
  let last: Strategy | null = null;
  const said = new Set<string>();
  return (strategy, rows) => {
    if (strategy !== last) {
      drawn = 0;
      said.clear();
      process.stderr.write(`Candidates, ${strategy.replaceAll('-', ' ')}:\n`);
    }
    last = strategy;
    const width = Math.max(...rows.map(({ candidate }) => candidate.name.length));
    if (live) {
      const lines = rows.map((row) => `\u001b[2K${describeRow(row, width)}\n`);
      process.stderr.write(`${drawn > 0 ? `\u001b[${drawn}A` : ''}${lines.join('')}`);
      drawn = rows.length;
      return;
    }
    for (const row of rows) {
      const text = describeRow(row, width);
      if (row.state === 'waiting' || row.state === 'editing' || said.has(text)) continue;
      said.add(text);
      process.stderr.write(`${text}\n`);
    }
  };
}

function describeRow(
  { candidate, state, steps, share, damage }: CandidateRow,
  width: number,
): string {
  const cells = [
    `  ${candidate.name.padEnd(width)}`,
    state.padEnd(8),
    steps === null ? '' : `${steps} steps`,
    share === null ? '' : `x ${share.toFixed(2)}`,
    damage === null ? '' : describeDamage(damage),
  ];
  return cells
    .filter((cell) => cell !== '')
    .join('  ')
    .trimEnd();
}

function describeDamage({ negativeFlips, lost, overReach, broken, short }: Damage): string {
  const parts = [
    `${negativeFlips} flips`,
    `${lost.toFixed(1)} probability lost`,
    overReach > 0 ? `${overReach} over-reach` : '',
    broken > 0 ? `${broken} fixes broken` : '',
    short ? 'neighbours short' : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}
