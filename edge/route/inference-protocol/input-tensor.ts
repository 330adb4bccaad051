import type { ModelInput } from '../../version/model-input.ts';
import { EdgeError } from '../edge-error.ts';
import { checkCount, checkPixels, type PictureLimits } from '../picture/picture-limits.ts';
import { IMAGE, PIXELS } from './ports.ts';
import type { Datatype } from './protocol-schema.ts';
import type { ProtocolRequest } from './request-body.ts';

const BYTES: Record<Datatype, number> = { FP32: 4, UINT8: 1 };
const DEEPEST = 4;

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
  { json, binary }: ProtocolRequest,
  { datatype, count, height, width }: Layout,
): Uint8Array | Float32Array {
  const { data, parameters } = json.inputs[0]!;
  const length = 3 * count * height * width;
  const size = parameters?.binary_data_size;
  if (size === undefined) return fromNumbers(data ?? [], length, datatype);
  if (data !== undefined || size !== binary.length || size !== length * BYTES[datatype]) {
    throw invalid(
      `binary_data_size is ${size}, the body holds ${binary.length} bytes of tensors, and the shape says ${length * BYTES[datatype]}.`,
    );
  }
  return datatype === 'UINT8' ? binary : finite(new Float32Array(binary.slice().buffer));
}

function fromNumbers(
  data: readonly unknown[],
  length: number,
  datatype: Datatype,
): Uint8Array | Float32Array {
  let numbers: readonly unknown[] = data;
  for (let depth = 1; depth < DEEPEST && Array.isArray(numbers[0]); depth++)
    numbers = numbers.flat();
  if (numbers.length !== length) {
    throw invalid(`The data has ${numbers.length} values, and the shape says ${length}.`);
  }
  const values = datatype === 'UINT8' ? new Uint8Array(length) : new Float32Array(length);
  numbers.forEach((value, index) => {
    const fits =
      typeof value === 'number' &&
      (datatype === 'FP32' || (Number.isInteger(value) && value >= 0 && value <= 255));
    if (!fits) throw invalid(`Value ${index} of the data is no ${datatype}.`);
    values[index] = value;
  });
  return values instanceof Float32Array ? finite(values) : values;
}

function finite(values: Float32Array): Float32Array {
  if (values.every(Number.isFinite)) return values;
  throw invalid('A value of the tensor is not finite.');
}

function invalid(detail: string): EdgeError {
  return new EdgeError('TENSOR_INVALID', detail);
}
