import type { Figures } from '../figures/figures.ts';
import { trainingSeeds } from '../figures/training-seeds.ts';

/** Columns of a page's code. */
const WIDTH = 110;

/**
 * The command lines behind figures as a block of shell, each under the networks that it is of.
 * @throws RangeError where none was kept
 */
export function commandBlock({ networks }: Figures, kind: 'training' | 'evaluation'): string {
  const groups = new Map<string, string[]>();
  for (const each of networks) {
    const text = each[kind].map(wrapped).join('\n');
    if (text === '') continue;
    const drawn = kind === 'evaluation' ? `, drawn by seed ${each.evaluationSeed}` : '';
    const named = groups.get(text) ?? [];
    named.push(`${each.network}, trained by seed ${trainingSeeds(each)}${drawn}`);
    groups.set(text, named);
  }
  if (groups.size === 0) throw new RangeError(`No ${kind} command was kept.`);
  const blocks = [...groups].map(([text, named]) =>
    [...named.map((name) => `# ${name}`), text].join('\n'),
  );
  return ['```sh', blocks.join('\n\n'), '```'].join('\n');
}

/** A command on as many lines as it needs, broken before its options. */
function wrapped(command: string): string {
  const lines: string[] = [];
  let line = '';
  for (const part of command.split(/ (?=--)/)) {
    if (line === '') line = part;
    else if (`${line} ${part}`.length + 2 <= WIDTH) line += ` ${part}`;
    else {
      lines.push(line);
      line = `  ${part}`;
    }
  }
  return [...lines, line].join(' \\\n');
}
