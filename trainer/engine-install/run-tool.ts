import { spawn } from 'node:child_process';

export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface ToolResult {
  /** Null where the program could not be started. */
  readonly code: number | null;
  readonly output: string;
  /** The line that says most about a failure: the last of what was printed, errors first. */
  readonly complaint: string;
}

/** Runs a program to its end, and stops it where this process is stopped meanwhile. Never throws. */
export function runTool(
  program: string,
  parameters: readonly string[],
  { cwd, env = process.env }: ToolOptions = {},
): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = () => child.kill('SIGTERM');
    process.once('exit', stop);
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const end = (code: number | null, complaint: string) => {
      process.removeListener('exit', stop);
      resolve({ code, output, complaint });
    };
    child.on('error', (error) => end(null, error.message));
    child.on('close', (code) => end(code ?? 1, tellingLine(errors) ?? tellingLine(output) ?? ''));
  });
}

function tellingLine(text: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const filled = lines.filter((line) => line !== '' && !/^(warning|npm (warn|notice))/i.test(line));
  return filled.findLast((line) => /error/i.test(line)) ?? filled.at(-1);
}
