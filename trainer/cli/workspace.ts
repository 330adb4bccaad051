import { join } from 'node:path';

const ROOT = '.patchwork';

/** Where commands keep their files unless told otherwise, relative to the working directory. */
export const WORKSPACE = {
  root: ROOT,
  data: join(ROOT, 'data'),
  checkpoint: join(ROOT, 'checkpoints', 'model.safetensors'),
  patches: join(ROOT, 'patches'),
  artifacts: join(ROOT, 'artifacts'),
  retraining: join(ROOT, 'retraining'),
  log: join(ROOT, 'log'),
  gate: join(ROOT, 'gate.json'),
  cache: join(ROOT, 'cache'),
} as const;

/** The folder of one exported version. */
export function artifactFolder(model: string, version: number): string {
  return join(WORKSPACE.artifacts, model, String(version));
}
