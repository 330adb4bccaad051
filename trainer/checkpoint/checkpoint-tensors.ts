import { narrowToHalf } from '../../exporter/format/precision/half-float.ts';
import { type Architecture, parameterShapes, statisticShapes } from '../network/architecture.ts';
import type { HostTensor, Weights } from '../network/weights.ts';
import { checkTensors, type Shapes } from './check-tensors.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { isHalved, widenBfloat16, widenHalf } from './half-precision.ts';
import type { SafeTensor } from './safe-tensor.ts';

/** Adam's running means of the gradients and of their squares, by the names of what is learned. */
export interface Moments {
  readonly first: Weights;
  readonly second: Weights;
}

export const OPTIMIZER = 'optimizer.';
/** Before the names of the editor's coefficients, where they are learned. */
export const EDITOR = 'editor.';
const MOMENT1 = `${OPTIMIZER}moment1.`;
const MOMENT2 = `${OPTIMIZER}moment2.`;
const BATCHES = '.num_batches_tracked';

/** What a checkpoint holds as tensors. */
export interface CheckpointContent {
  readonly weights: Weights;
  /** Scalars named `editor.<coefficient>`; none where they are not learned. */
  readonly coefficients: Weights;
  /** Of the weights that are learned and of the coefficients, under their names. */
  readonly moments: Moments | null;
}

/**
 * The tensors of a checkpoint under the names of torchvision's state dict, coefficients under
 * `editor.`, the moments under `optimizer.moment1.` and `optimizer.moment2.`.
 * @param step the updates done, which torchvision counts in each normalisation
 * @param half stores weights as F16, rounded (see `isHalved`)
 * @throws CheckpointError TENSORS_MISMATCH when they are not those of the architecture
 */
export function toTensors(
  where: string,
  architecture: Architecture,
  { weights, coefficients, moments }: CheckpointContent,
  step: number,
  half = false,
): Map<string, SafeTensor> {
  const tensors = new Map<string, SafeTensor>();
  const add = (prefix: string, source: Weights): void => {
    for (const [name, { shape, data }] of source) {
      tensors.set(prefix + name, { dtype: 'F32', shape, data });
    }
  };
  add('', weights);
  for (const [name, { shape, data }] of half ? weights : []) {
    if (isHalved({ shape })) tensors.set(name, { dtype: 'F16', shape, data: narrowToHalf(data) });
  }
  add('', coefficients);
  if (moments !== null) {
    add(MOMENT1, moments.first);
    add(MOMENT2, moments.second);
  }
  const names = [...coefficients.keys()];
  const expected = new Map([...weightShapes(architecture), ...scalarShapes(names)]);
  if (moments !== null) {
    for (const [name, shape] of momentShapes(architecture, names)) expected.set(name, shape);
  }
  checkTensors(where, architecture, tensors, expected);
  for (const name of batchCounters(architecture)) {
    tensors.set(name, { dtype: 'I64', shape: [], data: BigInt64Array.of(BigInt(step)) });
  }
  return tensors;
}

/** @throws CheckpointError TENSORS_MISMATCH naming what is missing, unknown or misshapen */
export function weightsOf(
  where: string,
  architecture: Architecture,
  tensors: ReadonlyMap<string, SafeTensor>,
): Weights {
  const counters = new Set(batchCounters(architecture));
  const own = new Map(
    [...tensors].filter(
      ([name]) => !name.startsWith(OPTIMIZER) && !name.startsWith(EDITOR) && !counters.has(name),
    ),
  );
  const shapes = weightShapes(architecture);
  checkTensors(where, architecture, own, shapes);
  return pick(where, own, shapes, '');
}

/** @throws CheckpointError TENSORS_MISMATCH naming what is misshapen */
export function coefficientsOf(
  where: string,
  architecture: Architecture,
  tensors: ReadonlyMap<string, SafeTensor>,
): Weights {
  const own = new Map([...tensors].filter(([name]) => name.startsWith(EDITOR)));
  const shapes = scalarShapes([...own.keys()]);
  checkTensors(where, architecture, own, shapes);
  return pick(where, own, shapes, '');
}

/**
 * @param coefficients the names of those that are learned
 * @throws CheckpointError TENSORS_MISMATCH naming what is missing, unknown or misshapen
 */
export function momentsOf(
  where: string,
  architecture: Architecture,
  tensors: ReadonlyMap<string, SafeTensor>,
  coefficients: readonly string[],
): Moments {
  const own = new Map([...tensors].filter(([name]) => name.startsWith(OPTIMIZER)));
  if (own.size === 0) {
    throw new CheckpointError(
      'TENSORS_MISMATCH',
      `${where}: it holds no optimizer state; it can be patched and exported, but training cannot go on from it.`,
    );
  }
  checkTensors(where, architecture, own, momentShapes(architecture, coefficients));
  const shapes = learnedShapes(architecture, coefficients);
  return { first: pick(where, own, shapes, MOMENT1), second: pick(where, own, shapes, MOMENT2) };
}

function pick(
  where: string,
  tensors: ReadonlyMap<string, SafeTensor>,
  shapes: Shapes,
  prefix: string,
): Weights {
  return new Map(
    [...shapes].map(([name, shape]) => {
      const tensor = tensors.get(prefix + name)!;
      return [name, { shape, data: floats(where, prefix + name, tensor) } satisfies HostTensor];
    }),
  );
}

function floats(where: string, name: string, tensor: SafeTensor): Float32Array {
  if (tensor.dtype === 'F32') return tensor.data;
  if (tensor.dtype === 'F16') return widenHalf(tensor.data);
  if (tensor.dtype === 'BF16') return widenBfloat16(tensor.data);
  throw new CheckpointError(
    'TENSORS_MISMATCH',
    `${where}: tensor "${name}" is ${tensor.dtype}; weights are F32, F16 or BF16.`,
  );
}

function weightShapes(architecture: Architecture): Shapes {
  return new Map([...parameterShapes(architecture), ...statisticShapes(architecture)]);
}

function scalarShapes(names: readonly string[]): Shapes {
  return new Map(names.map((name) => [name, []] as const));
}

function learnedShapes(architecture: Architecture, coefficients: readonly string[]): Shapes {
  return new Map([...parameterShapes(architecture), ...scalarShapes(coefficients)]);
}

function momentShapes(architecture: Architecture, coefficients: readonly string[]): Shapes {
  const shapes = [...learnedShapes(architecture, coefficients)];
  return new Map(
    [MOMENT1, MOMENT2].flatMap((prefix) =>
      shapes.map(([name, shape]) => [prefix + name, shape] as const),
    ),
  );
}

function batchCounters(architecture: Architecture): string[] {
  const suffix = '.running_mean';
  return [...statisticShapes(architecture).keys()]
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length) + BATCHES);
}
