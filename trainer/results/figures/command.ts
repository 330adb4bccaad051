import { basename } from 'node:path';

/** The commands of ours in a shell script, continued lines joined. */
export function commandsIn(script: string): string[] {
  return script
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .flatMap((line) => /npx patchwork .*/.exec(line)?.[0].trim() ?? []);
}

/** A command line whose paths are cut down to the names of their files: folders differ by machine. */
export function withoutFolders(command: string): string {
  return command
    .split(' ')
    .map((word) => (/^[^:]*\//.test(word) ? basename(word.replaceAll("'", '')) : word))
    .join(' ');
}

/** The value that a command line gives an option, as text. */
export function optionOf(command: string, option: string): string | undefined {
  const words = command.split(' ');
  const at = words.indexOf(option);
  return at < 0 ? undefined : words[at + 1];
}
