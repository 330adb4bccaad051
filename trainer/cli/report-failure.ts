/** Prints an error as one line with its code, and its stack where somebody is debugging. */
export function reportFailure(error: unknown, debug: boolean): void {
  if (!(error instanceof Error)) {
    console.error(`error: ${String(error)}`);
    return;
  }
  const code = 'code' in error ? ` ${String(error.code)}` : '';
  console.error(`error${code}: ${error.message.split('\n')[0]}`);
  if (debug) console.error(error.stack, ...(error.cause ? ['\ncaused by', error.cause] : []));
}
