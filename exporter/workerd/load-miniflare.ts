import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** A third faster than importing so large a CommonJS module, which would be searched for its exports. */
const require = createRequire(import.meta.url);
/** Where miniflare looks for the workerd that it starts. */
const PATH = 'MINIFLARE_WORKERD_PATH';
const TIED = fileURLToPath(new URL('tied-workerd.sh', import.meta.url));

/**
 * The emulation of Workers that wrangler brings. On Linux with setpriv of util-linux, workerd that this process
 * or a child of it starts from now on ends with the process that started it, even where that is killed.
 */
export function loadMiniflare(): typeof import('miniflare') {
  const wrangler = createRequire(require.resolve('wrangler'));
  if (process.platform === 'linux' && process.env[PATH] !== TIED) {
    const miniflare = createRequire(wrangler.resolve('miniflare'));
    process.env.PATCHWORK_WORKERD = process.env[PATH] ?? miniflare('workerd').default;
    process.env[PATH] = TIED;
  }
  return wrangler('miniflare');
}
