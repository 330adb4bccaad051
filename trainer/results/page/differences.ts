import type { Block } from './page-blocks.ts';

/**
 * Where a page differs from what its figures make: a line for each row that does, with the block, the row
 * and both versions of it.
 */
export function differences(blocks: readonly Block[]): string[] {
  return blocks.flatMap(({ name, present, made }) => {
    const [old, renewed] = [linesOf(present), linesOf(made)];
    const rows = Array.from({ length: Math.max(old.length, renewed.length) }, (_, row) => row);
    return rows
      .filter((row) => old[row] !== renewed[row])
      .map(
        (row) =>
          `${name}, ${rowName(old, renewed, row)}:\n  the page has     ${old[row] ?? 'no such line'}\n  the figures make ${renewed[row] ?? 'no such line'}`,
      );
  });
}

function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

/** The two lines of a table's head are no rows of it. */
function rowName(old: readonly string[], renewed: readonly string[], row: number): string {
  const isTable = renewed[1]?.startsWith('| ---');
  if (!isTable) return `line ${row + 1}`;
  if (row < 2) return 'its head';
  const cells = (renewed[row] ?? old[row])!.split('|').map((cell) => cell.trim());
  return `row ${row - 1} (${cells.slice(1, 3).join(', ')})`;
}
