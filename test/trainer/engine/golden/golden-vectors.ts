import { readFileSync } from 'node:fs';
import { decodeSafetensors } from '../../../../trainer/checkpoint/safetensors.ts';
import type { Architecture } from '../../../../trainer/network/architecture.ts';
import type { HostTensor, Weights } from '../../../../trainer/network/weights.ts';

/** The network of make_golden_vectors.py, which made the file. */
export const ARCHITECTURE: Architecture = {
  name: 'resnet18',
  stem: 'cifar',
  width: 2,
  classes: 5,
};

const file = new URL('./golden-vectors.safetensors', import.meta.url);
const { tensors } = decodeSafetensors(readFileSync(file), 'golden-vectors.safetensors');

/** The tensor of that name. */
export function golden(name: string): HostTensor {
  const { shape, data } = tensors.get(name)!;
  return { shape, data: data as Float32Array };
}

/** All whose names begin with `prefix`, under the rest of their names. */
export function goldenUnder(prefix: string): Weights {
  return new Map(
    [...tensors.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => [name.slice(prefix.length), golden(name)]),
  );
}
