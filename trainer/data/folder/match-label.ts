import type { ClassName } from './class-names.ts';

/**
 * The label that one of `names` means: a position, else a label's name as it stands, else one that
 * differs in case, hyphens, underscores and spaces alone.
 * @returns null where none is meant, or several are
 */
export function matchLabel(
  names: readonly ClassName[],
  labelNames: readonly string[],
): number | null {
  for (const same of [(name: string) => name, looselyNamed]) {
    for (const name of names) {
      const label = typeof name === 'number' ? position(name, labelNames) : only(name, same);
      if (label !== null) return label;
    }
  }
  return null;

  function only(name: string, same: (name: string) => string): number | null {
    const meant = [...labelNames.keys()].filter((label) => same(labelNames[label]!) === same(name));
    return meant.length === 1 ? meant[0]! : null;
  }
}

function position(label: number, labelNames: readonly string[]): number | null {
  return Number.isInteger(label) && label >= 0 && label < labelNames.length ? label : null;
}

function looselyNamed(name: string): string {
  return name
    .toLowerCase()
    .replace(/[-_\s]+/g, ' ')
    .trim();
}
