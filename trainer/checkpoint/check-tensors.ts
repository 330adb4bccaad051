import type { Architecture } from '../network/architecture.ts';
import { CheckpointError } from './checkpoint-error.ts';
import type { SafeTensor } from './safe-tensor.ts';

export type Shapes = ReadonlyMap<string, readonly number[]>;

/**
 * Holds tensors against the names and shapes that an architecture has.
 * @throws CheckpointError TENSORS_MISMATCH naming what is missing, unknown or misshapen
 */
export function checkTensors(
  where: string,
  architecture: Architecture,
  tensors: ReadonlyMap<string, SafeTensor>,
  expected: Shapes,
): void {
  const missing = [...expected.keys()].filter((name) => !tensors.has(name));
  const unknown = [...tensors.keys()].filter((name) => !expected.has(name));
  const misshapen = [...expected]
    .filter(([name, shape]) => tensors.has(name) && `${tensors.get(name)!.shape}` !== `${shape}`)
    .map(([name, shape]) => `${name} is [${tensors.get(name)!.shape}], not [${shape}]`);
  const faults = [
    ...(missing.length > 0 ? [`missing ${listed(missing)}`] : []),
    ...(unknown.length > 0 ? [`unknown ${listed(unknown)}`] : []),
    ...(misshapen.length > 0 ? [listed(misshapen)] : []),
  ];
  if (faults.length === 0) return;
  const { name, stem, width, classes } = architecture;
  throw new CheckpointError(
    'TENSORS_MISMATCH',
    `${where}: its tensors are not those of ${name} with ${stem} stem, width ${width} and ${classes} classes: ${faults.join('; ')}. Use a checkpoint of that network.`,
  );
}

function listed(items: readonly string[]): string {
  const rest = items.length - 3;
  return items.slice(0, 3).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
