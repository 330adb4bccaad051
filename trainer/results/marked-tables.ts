import { comparisonTable } from './comparison-table.ts';
import type { Figures } from './figures-file.ts';
import { methodsTable } from './methods-table.ts';

const TABLES: Readonly<Record<string, (figures: Figures) => string>> = {
  comparison: comparisonTable,
  methods: methodsTable,
};

const MARKED = /(<!-- table: (\S+) of (\S+) -->\n).*?(<!-- end of table -->)/gs;

/**
 * A Markdown page with every table between `<!-- table: KIND of FIGURES -->` and
 * `<!-- end of table -->` made anew.
 * @param figuresOf gives the figures of a name
 * @throws RangeError where a mark names no kind of table, or there is none
 */
export async function renewTables(
  page: string,
  figuresOf: (name: string) => Promise<Figures>,
): Promise<string> {
  const tables: string[] = [];
  for (const [, , kind, name] of page.matchAll(MARKED)) {
    const table = TABLES[kind!];
    if (!table) throw new RangeError(`There is no table "${kind}", only ${Object.keys(TABLES)}.`);
    tables.push(table(await figuresOf(name!)));
  }
  if (tables.length === 0) throw new RangeError('The page marks no table.');
  return page.replace(MARKED, (_, begin, _kind, _name, end) => `${begin}${tables.shift()}\n${end}`);
}
