import { join } from 'node:path';

/** Where the parts of a network lie that is given away as a folder. */
export function packageFiles(folder: string) {
  return {
    checkpoint: join(folder, 'model.safetensors'),
    control: join(folder, 'control.safetensors.gz'),
    artifact: join(folder, 'artifact'),
    card: join(folder, 'README.md'),
  };
}
