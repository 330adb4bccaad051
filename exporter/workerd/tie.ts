import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
/** Where miniflare looks for the workerd that it starts. */
const PATH = 'MINIFLARE_WORKERD_PATH';
const TIED = fileURLToPath(new URL('tied-workerd.sh', import.meta.url));

/**
 * Sees to it that a workerd which this process or a child of it starts from now on ends with the process
 * that started it, even where that is killed: on Linux, with setpriv of util-linux.
 */
export function tieWorkerd(): void {
  if (process.platform !== 'linux' || process.env[PATH] === TIED) return;
  const wrangler = createRequire(require.resolve('wrangler'));
  const miniflare = createRequire(wrangler.resolve('miniflare'));
  process.env.PATCHWORK_WORKERD = process.env[PATH] ?? miniflare('workerd').default;
  process.env[PATH] = TIED;
}

/** A command as it is to be started, so that it is told to end (SIGTERM) with this process where the system can. */
export function tied(command: string, options: readonly string[]): [string, string[]] {
  const tying = ['--pdeathsig', 'TERM'];
  const able = spawnSync('setpriv', [...tying, 'true']).status === 0;
  return able ? ['setpriv', [...tying, command, ...options]] : [command, [...options]];
}
