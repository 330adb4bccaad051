import { writeCheckpointFile } from '../../../trainer/checkpoint/checkpoint-file.ts';

/**
 * Run as a process: replaces the file argv[2] for ever by argv[3] bytes of one value, 1, 2, ... from
 * argv[4] on, and prints each value when its file is written.
 */
const [, , path, size, first] = process.argv;
for (let value = Number(first); ; value++) {
  await writeCheckpointFile(path!, new Uint8Array(Number(size)).fill(value % 256));
  process.stdout.write(`${value}\n`);
}
