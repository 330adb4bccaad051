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

const DIGESTS = new WeakMap<Weights, string>();

/**
 * Hexadecimal SHA-256 of names, shapes and elements: two networks are the same where it is. Of one map it is
 * computed once.
 */
export function weightsDigest(weights: Weights): string {
  const digest = DIGESTS.get(weights) ?? computeDigest(weights);
  DIGESTS.set(weights, digest);
  return digest;
}

function computeDigest(weights: Weights): string {
  const hash = createHash('sha256');
  for (const name of [...weights.keys()].sort()) {
    const { shape, data } = weights.get(name)!;
    hash.update(`${name}[${shape}]`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
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
