/** What a shell takes as one word without quotes. */
const PLAIN = /^[\w@%+=:,./~-]+$/;

/**
 * A command of ours as it is typed, to be kept with what it found.
 * @param words what follows `patchwork`
 */
export function commandLine(words: readonly string[]): string {
  const quoted = words.map((word) =>
    PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`,
  );
  return ['npx patchwork', ...quoted].join(' ');
}
