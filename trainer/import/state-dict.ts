import { weightsOf } from '../checkpoint/checkpoint-tensors.ts';
import type { SafeTensor } from '../checkpoint/safe-tensor.ts';
import { decodeSafetensors } from '../checkpoint/safetensors.ts';
import type { Architecture } from '../network/architecture.ts';
import { ImportError } from './import-error.ts';
import type { ImportedNetwork } from './imported-network.ts';
import { stemOf } from './stem.ts';

/** What `torch.nn.DataParallel` puts before every name. */
const PARALLEL = 'module.';

/**
 * Reads the state dict of a ResNet-18 under torchvision's names, in F32, F16 or BF16. A first
 * convolution of 3 x 3 is taken for the usual stem of small pictures, of stride 1 without pooling, which
 * a state dict does not say.
 * @throws ImportError NETWORK_UNKNOWN; CheckpointError SAFETENSORS_INVALID, TENSORS_MISMATCH
 */
export function readStateDict(bytes: Uint8Array, path: string): ImportedNetwork {
  const tensors = withoutPrefix(decodeSafetensors(bytes, path).tensors);
  const architecture = inferArchitecture(tensors, path);
  return { architecture, weights: weightsOf(path, architecture, tensors), size: null };
}

function withoutPrefix(tensors: ReadonlyMap<string, SafeTensor>): ReadonlyMap<string, SafeTensor> {
  const names = [...tensors.keys()];
  if (!names.every((name) => name.startsWith(PARALLEL))) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [name.slice(PARALLEL.length), tensor]));
}

function inferArchitecture(tensors: ReadonlyMap<string, SafeTensor>, path: string): Architecture {
  const [first, last] = [tensors.get('conv1.weight')?.shape, tensors.get('fc.weight')?.shape];
  if (first?.length !== 4 || last?.length !== 2) {
    throw new ImportError(
      'NETWORK_UNKNOWN',
      `${path}: it has no conv1.weight and fc.weight as torchvision's resnet18 has; save the network's whole state_dict() under its own names.`,
    );
  }
  const [width, channels, kernel] = first as [number, number, number];
  const classes = last[0]!;
  const stem = stemOf(path, channels, kernel);
  const extra = tensors.has('extra.0.conv1.weight') && ({ extraBlock: true } as const);
  return { name: 'resnet18', stem, width, classes, ...extra };
}
