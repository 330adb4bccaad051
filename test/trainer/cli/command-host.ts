/**
 * Runs commands one after the other in one process: each is the whole program, read anew from its
 * arguments, but what it imports is loaded once.
 */
import type { Finished } from './run-command.ts';

export interface Request {
  readonly main: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

/** Ends a command where the program would end its process. */
class Ended extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`ended with exit status ${code}`);
    this.code = code;
  }
}

let runs = 0;

async function run({ main, args, cwd }: Request): Promise<Finished> {
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].write = (text: string | Uint8Array) => {
      output[stream] += typeof text === 'string' ? text : Buffer.from(text).toString();
      return true;
    };
  }
  process.chdir(cwd);
  process.argv = [process.execPath, main, ...args];
  process.exitCode = 0;
  let finished: Finished | undefined;
  process.exit = (code) => {
    finished ??= { code: Number(code ?? process.exitCode ?? 0), ...output };
    throw new Ended(finished.code ?? 0);
  };
  try {
    await import(`${main}?run=${runs++}`);
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
  }
  return finished ?? { code: Number(process.exitCode), ...output };
}

process.on('message', async (request: Request) => {
  process.send!(await run(request));
});
