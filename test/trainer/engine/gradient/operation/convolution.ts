import * as tf from '@tensorflow/tfjs';
import type { NdArray } from '../../float64/nd-array.ts';
import * as f64 from '../../float64/operations.ts';
import { type OperationCases, pair, signed } from './cases.ts';

const explicit = (padding: number): tf.backend_util.ExplicitPadding => [
  [0, 0],
  [padding, padding],
  [padding, padding],
  [0, 0],
];

const conv2d = (
  x: NdArray,
  filter: NdArray,
  stride: number,
  pad: number | 'same' | 'valid' | tf.backend_util.ExplicitPadding,
  padding: Parameters<typeof f64.convolve>[3],
) =>
  pair(
    [x, filter],
    (a, w) => tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
    (a, w) => f64.convolve(a!, w!, stride, padding),
  );

/** As the network does it: pictures [N,C,H,W], filters [O,I,H,W]. */
const torchConv2d = (x: NdArray, filter: NdArray, stride: number, padding: number) =>
  pair(
    [x, filter],
    (a, w) =>
      tf.conv2d(
        tf.transpose(a as tf.Tensor4D, [0, 2, 3, 1]),
        tf.transpose(w as tf.Tensor4D, [2, 3, 1, 0]),
        stride,
        explicit(padding),
      ),
    (a, w) =>
      f64.convolve(
        f64.transpose(a!, [0, 2, 3, 1]),
        f64.transpose(w!, [2, 3, 1, 0]),
        stride,
        padding,
      ),
  );

/** Every filter, stride and padding that a ResNet has, and the planes where they differ. */
export const CONVOLUTIONS: OperationCases = {
  '3x3, stride 1, padding 1': conv2d(signed(2, 5, 6, 3), signed(3, 3, 3, 4), 1, explicit(1), 1),
  '3x3, stride 1, same': conv2d(signed(2, 5, 6, 3), signed(3, 3, 3, 4), 1, 'same', 1),
  '3x3, stride 1, many small planes': conv2d(
    signed(8, 4, 4, 2),
    signed(3, 3, 2, 3),
    1,
    explicit(1),
    1,
  ),
  '3x3, stride 1, sixteen channels': conv2d(
    signed(1, 4, 5, 16),
    signed(3, 3, 16, 2),
    1,
    explicit(1),
    1,
  ),
  '3x3, stride 2, padding 1, even plane': conv2d(
    signed(2, 6, 8, 3),
    signed(3, 3, 3, 2),
    2,
    explicit(1),
    1,
  ),
  '3x3, stride 2, padding 1, odd plane': conv2d(
    signed(2, 5, 7, 3),
    signed(3, 3, 3, 2),
    2,
    explicit(1),
    1,
  ),
  '3x3, stride 2, same, even plane': conv2d(
    signed(2, 6, 6, 2),
    signed(3, 3, 2, 2),
    2,
    'same',
    [0, 1, 0, 1],
  ),
  '1x1, stride 1': conv2d(signed(2, 4, 5, 3), signed(1, 1, 3, 4), 1, explicit(0), 0),
  '1x1, stride 2, padding 0': conv2d(signed(2, 6, 6, 3), signed(1, 1, 3, 4), 2, explicit(0), 0),
  '1x1, stride 2, odd plane, valid': conv2d(signed(2, 5, 5, 3), signed(1, 1, 3, 4), 2, 'valid', 0),
  '7x7, stride 2, padding 3, even plane': conv2d(
    signed(1, 10, 8, 3),
    signed(7, 7, 3, 2),
    2,
    explicit(3),
    3,
  ),
  '7x7, stride 2, padding 3, odd plane': conv2d(
    signed(1, 9, 9, 2),
    signed(7, 7, 2, 2),
    2,
    explicit(3),
    3,
  ),
  'transposed from [N,C,H,W] and [O,I,H,W], stride 1': torchConv2d(
    signed(2, 3, 5, 6),
    signed(4, 3, 3, 3),
    1,
    1,
  ),
  'transposed from [N,C,H,W] and [O,I,H,W], stride 2': torchConv2d(
    signed(2, 3, 6, 6),
    signed(4, 3, 3, 3),
    2,
    1,
  ),
};
