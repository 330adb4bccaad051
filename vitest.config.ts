import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/edge/**'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            main: './edge/worker.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: { POINTER_TTL_MS: '0', ADMIN_TOKEN: 'open-sesame' } },
          }),
        ],
        test: {
          name: 'edge',
          include: ['test/edge/**/*.test.ts'],
          globalSetup: ['test/edge-fixture/global-setup.ts'],
          // One worker for all files: each would compile onnxruntime's 14 MB of WebAssembly anew.
          isolate: false,
          testTimeout: 180_000,
        },
      },
    ],
  },
});
