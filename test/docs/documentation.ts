import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const project = fileURLToPath(new URL('../..', import.meta.url));

/** The Markdown that users read, by its path in the project. */
export const documents = new Map(
  ['README.md', 'CHANGELOG.md', ...readdirSync(join(project, 'docs')).map((name) => `docs/${name}`)]
    .filter((path) => path.endsWith('.md'))
    .map((path) => [path, readFileSync(join(project, path), 'utf8')]),
);

/** The lines of all shell examples, continuations joined, each with its document. */
export function shellLines(): { readonly document: string; readonly line: string }[] {
  return [...documents].flatMap(([document, text]) =>
    [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block]) =>
      block!
        .replaceAll('\\\n', ' ')
        .split('\n')
        .map((line) => ({ document, line: line.trim() }))
        .filter(({ line }) => line !== ''),
    ),
  );
}

/** The rows of the tables under a heading, each as the text of its cells. */
export function tableRows(document: string, heading: string): string[][] {
  const text = documents.get(document)!;
  const start = text.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`${document} has no heading "${heading}".`);
  const level = heading.indexOf(' ');
  const rest = text.slice(start + heading.length + 2);
  const end = rest.search(new RegExp(`^#{1,${level}} `, 'm'));
  return rest
    .slice(0, end < 0 ? rest.length : end)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** The text between the first pair of backticks; empty where there is none. */
export function code(cell: string | undefined): string {
  return /`([^`]*)`/.exec(cell ?? '')?.[1] ?? '';
}
