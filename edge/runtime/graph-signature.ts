import type { OpenTensor } from '../../exporter/contract/form.ts';
import { ELEMENT_TYPES, POINTER_BYTES } from './c-api.ts';
import type { OrtInstance } from './instance.ts';
import { RuntimeError } from './runtime-error.ts';

/**
 * What a classifier's graph takes and gives: `input` [N,3,height,width] to `output` [N,classes], and
 * the weights that it takes as inputs.
 */
export interface GraphSignature {
  readonly input: string;
  readonly output: string;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  readonly tensors: readonly Pick<OpenTensor, 'name' | 'type' | 'dims'>[];
}

/** A dimension of a port: a number, or null where it is free until run time. */
type Dimension = number | null;

interface Port {
  readonly name: string;
  readonly elementType: number;
  readonly shape: readonly Dimension[];
}

/**
 * Compares the ports of an open graph with what its manifest says.
 * @throws RuntimeError GRAPH_REFUSED naming the first port that differs
 */
export function checkSignature(
  instance: OrtInstance,
  session: number,
  { input, output, height, width, classes, tensors }: GraphSignature,
): void {
  const elementType = ELEMENT_TYPES.float32;
  const weights = tensors.map(({ name, type, dims }) =>
    describe({ name, elementType: ELEMENT_TYPES[type], shape: dims }),
  );
  const expected = [
    describe({ name: input, elementType, shape: [null, 3, height, width] }),
    ...weights.sort(),
    describe({ name: output, elementType, shape: [null, classes] }),
  ];
  const [first, ...others] = readPorts(instance, session).map(describe);
  const last = others.pop();
  const found = [first, ...others.sort(), last];
  if (found.join() === expected.join()) return;
  throw new RuntimeError(
    'GRAPH_REFUSED',
    `The graph takes and gives ${found.join(' and ')}, but its manifest says ${expected.join(' and ')}; export it again.`,
  );
}

function describe({ name, elementType, shape }: Port): string {
  const dims = shape.map((dimension) => dimension ?? 'N').join();
  return `${name} ${elementType === ELEMENT_TYPES.float32 ? '' : `(element type ${elementType}) `}[${dims}]`;
}

function readPorts(instance: OrtInstance, session: number): Port[] {
  const { module, heap } = instance;
  const at = module.stackAlloc(2 * POINTER_BYTES);
  const counted = module._OrtGetInputOutputCount(session, at, at + POINTER_BYTES) === 0;
  instance.check(counted, 'GRAPH_REFUSED', 'Counting the ports');
  const [inputs = 0, outputs = 0] = heap.wordsAt(at, 2);
  return Array.from({ length: inputs + outputs }, (_, index) => readPort(instance, session, index));
}

/** The metadata of a tensor: element type (0 for no tensor), rank, `rank` pointers to names, `rank` sizes. */
function readPort(instance: OrtInstance, session: number, index: number): Port {
  const { module, heap } = instance;
  const at = module.stackAlloc(2 * POINTER_BYTES);
  const read = module._OrtGetInputOutputMetadata(session, index, at, at + POINTER_BYTES) === 0;
  instance.check(read, 'GRAPH_REFUSED', 'Reading the ports');
  const [name = 0, metadata = 0] = heap.wordsAt(at, 2);
  const [elementType = 0] = heap.wordsAt(metadata, 1);
  const isTensor = elementType !== 0;
  const rank = isTensor ? (heap.wordsAt(metadata, 2)[1] ?? 0) : 0;
  const symbols = heap.wordsAt(metadata + 2 * POINTER_BYTES, 2 * rank);
  const port = {
    name: module.UTF8ToString(name),
    elementType,
    shape: Array.from({ length: rank }, (_, axis) =>
      symbols[axis] === 0 ? (symbols[rank + axis] ?? null) : null,
    ),
  };
  module._OrtFree(name);
  module._OrtFree(metadata);
  return port;
}
