import type { Environment } from '../../edge/environment.ts';
import type { ProvidedFixture } from '../edge-fixture/provided.ts';

declare global {
  namespace Cloudflare {
    interface Env extends Environment {}
    interface GlobalProps {
      mainModule: typeof import('../../edge/worker.ts');
    }
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    fixture: ProvidedFixture;
  }
}
