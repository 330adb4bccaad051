import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { shellLines } from '../../docs/documentation.ts';

const LOCAL = 'http://localhost:8787';

/** The curl examples of the README and of edge.md that ask an edge on this machine, each once. */
export const EXAMPLES = [
  ...new Set(
    shellLines()
      .filter(({ document }) => ['README.md', 'docs/edge.md'].includes(document))
      .map(({ line }) => line)
      .filter((line) => line.startsWith('curl ') && line.includes(LOCAL)),
  ),
];

/** Runs an example as it is printed, but for the address. @returns what it prints, and the status */
export async function runExample(example: string, address: string, folder: string) {
  const line = `${example.replaceAll(LOCAL, address)} --silent --write-out '\\n%{http_code}'`;
  const { stdout } = await promisify(execFile)('bash', ['-c', line], { cwd: folder });
  const [, body = '', status] = /^(.*)\n(\d+)$/s.exec(stdout) ?? [];
  return { body, status: Number(status) };
}
