import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isOffered } from './provider.ts';
import type { Provider } from './provider-name.ts';

const TIMEOUT_MS = 60_000;

/**
 * Why onnxruntime cannot compute with the provider here, in one line, or null where it can. Tried in a child
 * process, which a faulty driver may end.
 */
export async function providerRefusal(provider: Provider): Promise<string | null> {
  if (!isOffered(provider)) {
    return `onnxruntime-node has no ${provider} on ${process.platform} ${process.arch}`;
  }
  return provider === 'cpu' ? null : tried(provider);
}

function tried(provider: Provider): Promise<string | null> {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(new URL('./provider-probe.ts', import.meta.url)), [provider], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
    });
    const timer = setTimeout(() => {
      resolve(`did not compute within ${TIMEOUT_MS / 1000} s`);
      child.kill('SIGKILL');
    }, TIMEOUT_MS);
    child.on('message', (refusal: string | null) => resolve(refusal && telling(refusal)));
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(`crashes (${signal ?? `exit code ${code}`})`);
    });
  });
}

/** What onnxruntime says behind the file, the function and the condition that it says it of. */
function telling(message: string): string {
  const line = message.trim().split('\n', 1)[0]!;
  return (/ was false\. (.*)$/.exec(line)?.[1] ?? line).trim().replace(/\.$/, '');
}
