import type { ModelInput } from '../../version/model-input.ts';
import { EdgeError } from '../edge-error.ts';
import { checkCount, checkPixels, type PictureLimits } from '../picture/picture-limits.ts';
import { IMAGE, PIXELS } from './ports.ts';
import type { Datatype } from './protocol-schema.ts';
import type { ProtocolRequest } from './request-body.ts';

const BYTES: Record<Datatype, number> = { FP32: 4, UINT8: 1 };
const COMMA = 0x2c;
/** Bytes of text that become numbers at a time. */
const CHUNK_BYTES = 65_536;

interface Layout {
  readonly datatype: Datatype;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/**
 * The pictures of a request.
 * @throws EdgeError TENSOR_INVALID or TOO_MANY_PICTURES; PictureError PICTURE_TOO_LARGE
 */
export function readInputs(request: ProtocolRequest, limits: PictureLimits): ModelInput[] {
  const layout = layoutOf(request);
  const { count, height, width } = layout;
  checkCount(count, limits);
  checkPixels(count * height * width, limits.maxPixels);
  const values = readValues(request, layout);
  const size = 3 * height * width;
  return Array.from({ length: count }, (_, index) => {
    const of = <T extends Uint8Array | Float32Array>(all: T) =>
      all.subarray(index * size, (index + 1) * size) as T;
    return values instanceof Float32Array
      ? { layout: 'chw', height, width, values: of(values) }
      : { height, width, pixels: of(values) };
  });
}

function layoutOf({ json }: ProtocolRequest): Layout {
  const { name, datatype, shape } = json.inputs[0]!;
  const [count = 0, second = 0, third = 0, fourth = 0] = shape;
  if (shape.length === 4 && name === IMAGE && datatype === 'FP32' && second === 3) {
    return { datatype, count, height: third, width: fourth };
  }
  if (shape.length === 4 && name === PIXELS && datatype === 'UINT8' && fourth === 3) {
    return { datatype, count, height: second, width: third };
  }
  throw invalid(`The input is "${IMAGE}", FP32 [N,3,H,W], or "${PIXELS}", UINT8 [N,H,W,3].`);
}

function readValues(
  { json, numbers, binary }: ProtocolRequest,
  { datatype, count, height, width }: Layout,
): Uint8Array | Float32Array {
  const { data, parameters } = json.inputs[0]!;
  const length = 3 * count * height * width;
  const size = parameters?.binary_data_size;
  if (size === undefined) return fromNumbers(data ? numbers : new Uint8Array(), length, datatype);
  if (data !== undefined || size !== binary.length || size !== length * BYTES[datatype]) {
    throw invalid(
      `binary_data_size is ${size}, the body holds ${binary.length} bytes of tensors, and the shape says ${length * BYTES[datatype]}.`,
    );
  }
  return datatype === 'UINT8' ? binary : finite(new Float32Array(binary.slice().buffer));
}

/** @param data an array of JSON as text */
function fromNumbers(
  data: Uint8Array,
  length: number,
  datatype: Datatype,
): Uint8Array | Float32Array {
  const found = countNumbers(data);
  if (found !== length) {
    throw invalid(`The data has ${found} values, and the shape says ${length}.`);
  }
  const values = datatype === 'UINT8' ? new Uint8Array(length) : new Float32Array(length);
  let index = 0;
  for (const value of numbersIn(data)) {
    if (datatype === 'UINT8' && !(Number.isInteger(value) && value >= 0 && value <= 255)) {
      throw invalid(`Value ${index} of the data is no ${datatype}.`);
    }
    values[index++] = value;
  }
  return values instanceof Float32Array ? finite(values) : values;
}

/** By the commas, so that nothing is allocated for a shape that the data does not have. */
function countNumbers(data: Uint8Array): number {
  if (!data.some((byte) => byte >= 0x30 && byte <= 0x39)) return 0;
  return data.reduce((count, byte) => (byte === COMMA ? count + 1 : count), 1);
}

/** The numbers of an array of JSON, nested or not. */
function* numbersIn(data: Uint8Array): Generator<number> {
  for (let from = 0; from < data.length; ) {
    const comma = data.indexOf(COMMA, from + CHUNK_BYTES);
    const to = comma === -1 ? data.length : comma;
    yield* parseNumbers(data.subarray(from, to));
    from = to + 1;
  }
}

function parseNumbers(bytes: Uint8Array): number[] {
  const text = new TextDecoder().decode(bytes).replaceAll(/[[\]]/g, ' ');
  try {
    if (text.trim() !== '') return JSON.parse(`[${text}]`);
  } catch {}
  throw invalid('A value of the data is no number.');
}

function finite(values: Float32Array): Float32Array {
  if (values.every(Number.isFinite)) return values;
  throw invalid('A value of the tensor is not finite.');
}

function invalid(detail: string): EdgeError {
  return new EdgeError('TENSOR_INVALID', detail);
}
