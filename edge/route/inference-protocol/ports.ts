import type { Manifest } from '../../../exporter/contract/manifest.ts';
import type { ModelMetadata } from './protocol-schema.ts';

/** A request has exactly one of these two inputs. */
export const IMAGE = 'image';
export const PIXELS = 'pixels';

export const OUTPUTS = ['logits', 'probabilities'] as const;
export type OutputName = (typeof OUTPUTS)[number];

export function isOutput(name: string): name is OutputName {
  return (OUTPUTS as readonly string[]).includes(name);
}

/**
 * What a version takes and gives: `image`, the network's normalised input of its own size, or `pixels`,
 * bytes of any size that are fitted as pictures are.
 */
export function modelMetadata(manifest: Manifest, versions: readonly number[]): ModelMetadata {
  const { height, width } = manifest.preprocessing;
  const classes = manifest.labels.length;
  return {
    name: manifest.model,
    versions: versions.map(String),
    platform: 'onnxruntime_onnx',
    inputs: [
      { name: IMAGE, datatype: 'FP32', shape: [-1, 3, height, width] },
      { name: PIXELS, datatype: 'UINT8', shape: [-1, -1, -1, 3] },
    ],
    outputs: OUTPUTS.map((name) => ({ name, datatype: 'FP32', shape: [-1, classes] })),
  };
}
