import { at, build, type NdArray } from './nd-array.ts';

export const map = (x: NdArray, f: (value: number) => number): NdArray => ({
  shape: x.shape,
  data: x.data.map(f),
});

/** Applies `f` elementwise with NumPy's broadcasting. */
export function combine(a: NdArray, b: NdArray, f: (a: number, b: number) => number): NdArray {
  const rank = Math.max(a.shape.length, b.shape.length);
  const extent = (x: NdArray, axis: number) => x.shape[axis - rank + x.shape.length] ?? 1;
  const shape = Array.from({ length: rank }, (_, axis) =>
    Math.max(extent(a, axis), extent(b, axis)),
  );
  const pick = (x: NdArray, index: number[]) =>
    at(
      x,
      x.shape.map((size, axis) => (size === 1 ? 0 : index[axis + rank - x.shape.length]!)),
    );
  return build(shape, (index) => f(pick(a, index), pick(b, index)));
}

export const add = (a: NdArray, b: NdArray) => combine(a, b, (p, q) => p + q);
export const sub = (a: NdArray, b: NdArray) => combine(a, b, (p, q) => p - q);
export const mul = (a: NdArray, b: NdArray) => combine(a, b, (p, q) => p * q);
export const relu = (x: NdArray) => map(x, (value) => Math.max(value, 0));

/** Reduces the given axes, or all of them, by `f` over the list of elements. */
export function reduce(
  x: NdArray,
  f: (values: number[]) => number,
  axes: readonly number[] = x.shape.map((_, axis) => axis),
  keepDims = false,
): NdArray {
  const reduced = axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
  const inner = reduced.map((axis) => x.shape[axis]!);
  const kept = x.shape.map((extent, axis) => (reduced.includes(axis) ? 1 : extent));
  const full = build(kept, (index) => {
    const values = build(inner, (within) => {
      const position = [...index];
      reduced.forEach((axis, order) => {
        position[axis] = within[order]!;
      });
      return at(x, position);
    });
    return f([...values.data]);
  });
  const shape = keepDims ? kept : x.shape.filter((_, axis) => !reduced.includes(axis));
  return { shape, data: full.data };
}

export const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
export const average = (values: number[]) => total(values) / values.length;

/** Window `[kh,kw,in,out]` over `[N,H,W,in]`, padded on all sides alike unless told otherwise. */
export function convolve(
  x: NdArray,
  filter: NdArray,
  stride: number,
  padding: number | [top: number, bottom: number, left: number, right: number],
): NdArray {
  const [top, bottom, left, right] = typeof padding === 'number' ? Array(4).fill(padding) : padding;
  const [batch, height, width, depth] = x.shape as [number, number, number, number];
  const [kernelHeight, kernelWidth, , out] = filter.shape as [number, number, number, number];
  const outHeight = Math.floor((height + top + bottom - kernelHeight) / stride) + 1;
  const outWidth = Math.floor((width + left + right - kernelWidth) / stride) + 1;
  return build([batch, outHeight, outWidth, out], ([n, i, j, channel]) => {
    let sum = 0;
    for (let p = 0; p < kernelHeight; p++) {
      for (let q = 0; q < kernelWidth; q++) {
        const row = i! * stride + p - top;
        const column = j! * stride + q - left;
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        const pixel = ((n! * height + row) * width + column) * depth;
        const tap = (p * kernelWidth + q) * depth;
        for (let c = 0; c < depth; c++) {
          sum += x.data[pixel + c]! * filter.data[(tap + c) * out + channel!]!;
        }
      }
    }
    return sum;
  });
}

/** Window 3, stride 2, padding 1. */
export function maxPool3x3(x: NdArray): NdArray {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const shape = [batch, Math.ceil(height / 2), Math.ceil(width / 2), channels];
  return build(shape, ([n, i, j, c]) => {
    let best = Number.NEGATIVE_INFINITY;
    for (let row = 2 * i! - 1; row <= 2 * i! + 1; row++) {
      for (let column = 2 * j! - 1; column <= 2 * j! + 1; column++) {
        const inside = row >= 0 && row < height && column >= 0 && column < width;
        if (inside) best = Math.max(best, at(x, [n!, row, column, c!]));
      }
    }
    return best;
  });
}

export function transpose(x: NdArray, permutation: readonly number[]): NdArray {
  const shape = permutation.map((axis) => x.shape[axis]!);
  return build(shape, (index) => {
    const source: number[] = [];
    permutation.forEach((axis, order) => {
      source[axis] = index[order]!;
    });
    return at(x, source);
  });
}

/** Over the last two axes; leading axes are alike. */
export function matMul(a: NdArray, b: NdArray, transposeA = false, transposeB = false): NdArray {
  const swap = (x: NdArray) => {
    const axes = x.shape.map((_, axis) => axis);
    return transpose(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
  };
  const left = transposeA ? swap(a) : a;
  const right = transposeB ? swap(b) : b;
  const shape = [...left.shape.slice(0, -1), right.shape.at(-1)!];
  return build(shape, (index) => {
    const leading = index.slice(0, -2);
    let sum = 0;
    for (let k = 0; k < left.shape.at(-1)!; k++) {
      sum += at(left, [...leading, index.at(-2)!, k]) * at(right, [...leading, k, index.at(-1)!]);
    }
    return sum;
  });
}

/** Over the last axis, by log-sum-exp. */
export function logSoftmax(x: NdArray): NdArray {
  const logSumExp = (values: number[]) => {
    const largest = Math.max(...values);
    return largest + Math.log(total(values.map((value) => Math.exp(value - largest))));
  };
  return sub(x, reduce(x, logSumExp, [-1], true));
}

/** Mean over the batch of `-sum(labels * log softmax(logits))`. */
export function crossEntropy(logits: NdArray, labels: NdArray): NdArray {
  const losses = reduce(mul(logSoftmax(logits), labels), total, [-1]);
  return map(reduce(losses, average), (value) => -value);
}
