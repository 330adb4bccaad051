import { createHash } from 'node:crypto';
import type { Engine, ValueMap } from '../engine/engine.ts';

/** A host array with its shape. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * A network's parameters and running statistics on the host, by their names in torchvision. Once made, neither
 * the map nor an element changes.
 */
export type Weights = ReadonlyMap<string, HostTensor>;

const DIGESTS = new WeakMap<HostTensor, string>();

/**
 * Hexadecimal SHA-256 of a line for each tensor, by name: its name, its shape and the SHA-256 of its elements. Two
 * networks are the same where it is. Each tensor is read once, since those of a patched network that the patch
 * leaves alone are the tensors of the network before.
 */
export function weightsDigest(weights: Weights): string {
  const hash = createHash('sha256');
  for (const name of [...weights.keys()].sort()) {
    const tensor = weights.get(name)!;
    hash.update(`${name} [${tensor.shape}] ${tensorDigest(tensor)}\n`);
  }
  return hash.digest('hex');
}

function tensorDigest(tensor: HostTensor): string {
  const known = DIGESTS.get(tensor);
  if (known !== undefined) return known;
  const { buffer, byteOffset, byteLength } = tensor.data;
  const elements = new Uint8Array(buffer, byteOffset, byteLength);
  const digest = createHash('sha256').update(elements).digest('hex');
  DIGESTS.set(tensor, digest);
  return digest;
}

/** Brings weights to where `engine` computes, under the same names. */
export function uploadWeights(engine: Engine, weights: Weights): ValueMap {
  const values: ValueMap = {};
  for (const [name, { data, shape }] of weights) values[name] = engine.upload(data, shape);
  return values;
}

/** Gives back the memory of every value. */
export function disposeValues(values: ValueMap): void {
  for (const value of Object.values(values)) value.dispose();
}
