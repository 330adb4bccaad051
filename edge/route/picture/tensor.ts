import type { ModelInput } from '../../version/model-input.ts';
import { EdgeError } from '../edge-error.ts';
import { checkCount, checkPixels, type PictureLimits } from './picture-limits.ts';

const CHANNELS = 3;
const BYTES = { uint8: 1, float32: 4 } as const;

interface TensorHeader {
  readonly type: keyof typeof BYTES;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Pictures as a tensor, its type and shape stated by the parameters of the media type: `type=uint8` of
 * any height and width, or `type=float32`, little-endian, in [0,1] and of the model's size;
 * `shape="N,H,W,3"`.
 * @throws EdgeError TENSOR_INVALID or TOO_MANY_PICTURES; PictureError PICTURE_TOO_LARGE
 */
export function readTensor(
  body: Uint8Array,
  contentType: string,
  limits: PictureLimits,
): ModelInput[] {
  const header = readHeader(contentType);
  const { type, count, height, width } = header;
  checkCount(count, limits);
  checkPixels(count * height * width, limits.maxPixels);
  const values = CHANNELS * height * width;
  const expected = count * values * BYTES[type];
  if (body.length !== expected) {
    throw invalid(`The body has ${body.length} bytes, and its shape and type say ${expected}.`);
  }
  return Array.from({ length: count }, (_, index) => {
    const from = index * values * BYTES[type];
    const bytes = body.subarray(from, from + values * BYTES[type]);
    return type === 'uint8'
      ? { height, width, pixels: bytes }
      : { layout: 'hwc', height, width, values: unitValues(bytes) };
  });
}

function readHeader(contentType: string): TensorHeader {
  const type = /;\s*type\s*=\s*"?(uint8|float32)"?\s*(;|$)/i.exec(contentType)?.[1];
  const shape = /;\s*shape\s*=\s*"?([\d,\s]+)"?\s*(;|$)/i.exec(contentType)?.[1];
  const [count = 0, height = 0, width = 0, channels = 0, ...more] = (shape ?? '')
    .split(',')
    .map(Number);
  const whole = [count, height, width].every((size) => Number.isSafeInteger(size) && size > 0);
  if (!type || !whole || channels !== CHANNELS || more.length > 0) {
    throw invalid('State the tensor, as in `type=uint8; shape="1,32,32,3"`.');
  }
  return { type: type.toLowerCase() as keyof typeof BYTES, count, height, width };
}

/** A copy, since float32 must be aligned. */
function unitValues(bytes: Uint8Array): Float32Array {
  const values = new Float32Array(bytes.slice().buffer);
  if (values.every((value) => value >= 0 && value <= 1)) return values;
  throw invalid('A value of the tensor is not in [0,1].');
}

function invalid(detail: string): EdgeError {
  return new EdgeError('TENSOR_INVALID', detail);
}
