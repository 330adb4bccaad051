import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { documents, project } from './documentation.ts';

/** The anchors that GitHub gives to headings. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

const links = [...documents].flatMap(([document, text]) =>
  [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, target]) => [document, target!] as const),
);

test.each(links)('%s links to %s', (document, target) => {
  const [path, anchor] = target.split('#') as [string, string | undefined];
  const file = path === '' ? document : normalize(join(dirname(document), path));
  expect(existsSync(join(project, file))).toBe(true);
  if (anchor !== undefined) expect(anchors(documents.get(file)!)).toContain(anchor);
});
