import { createRequire } from 'node:module';
import { tieWorkerd } from './tie.ts';

/** A third faster than importing so large a CommonJS module, which would be searched for its exports. */
const require = createRequire(import.meta.url);

/** The emulation of Workers that wrangler brings; the workerd that it starts ends with this process. */
export function loadMiniflare(): typeof import('miniflare') {
  tieWorkerd();
  return createRequire(require.resolve('wrangler'))('miniflare');
}
