import type { NdArray } from './nd-array.ts';
import * as f64 from './operations.ts';

/** A value with the gradient that the backward pass gathers. */
export interface Node64 {
  readonly value: NdArray;
  readonly gradient: Float64Array;
}

/** Reverse-mode differentiation in double precision, by the chain rule written out for each operation. */
export class Tape {
  #backward: (() => void)[] = [];

  leaf(value: NdArray): Node64 {
    return { value, gradient: new Float64Array(value.data.length) };
  }

  /** Gathers gradients from `seed`, that of `output`. */
  run(output: Node64, seed: ArrayLike<number>): void {
    output.gradient.set(seed);
    for (const step of this.#backward.reverse()) step();
  }

  #record(value: NdArray, backward: (gradient: Float64Array) => void): Node64 {
    const node = this.leaf(value);
    this.#backward.push(() => backward(node.gradient));
    return node;
  }

  /** [N,H,W,I] by filters [O,I,kh,kw], padded alike on all sides. */
  convolve(x: Node64, filter: Node64, stride: number, padding: number): Node64 {
    const taps = f64.transpose(filter.value, [2, 3, 1, 0]);
    const value = f64.convolve(x.value, taps, stride, padding);
    const [batch, height, width, inputs] = x.value.shape as [number, number, number, number];
    const [outputs, , rows, columns] = filter.value.shape as [number, number, number, number];
    const [, outHeight, outWidth] = value.shape as [number, number, number];
    return this.#record(value, (gradient) => {
      let position = 0;
      for (let n = 0; n < batch; n++)
        for (let i = 0; i < outHeight; i++)
          for (let j = 0; j < outWidth; j++)
            for (let o = 0; o < outputs; o++, position++) {
              const dy = gradient[position]!;
              if (dy === 0) continue;
              for (let p = 0; p < rows; p++)
                for (let q = 0; q < columns; q++) {
                  const row = i * stride + p - padding;
                  const column = j * stride + q - padding;
                  if (row < 0 || row >= height || column < 0 || column >= width) continue;
                  for (let c = 0; c < inputs; c++) {
                    const at = ((n * height + row) * width + column) * inputs + c;
                    const tap = ((o * inputs + c) * rows + p) * columns + q;
                    x.gradient[at]! += dy * filter.value.data[tap]!;
                    filter.gradient[tap]! += dy * x.value.data[at]!;
                  }
                }
            }
    });
  }

  /** (x - mean) / sqrt(variance + 1e-5) * scale + offset, over the last axis. */
  normalise(x: Node64, scale: Node64, offset: Node64, mean: NdArray, variance: NdArray): Node64 {
    const channels = scale.value.data.length;
    const unit = x.value.data.map(
      (value, at) =>
        (value - mean.data[at % channels]!) / Math.sqrt(variance.data[at % channels]! + 1e-5),
    );
    const data = unit.map(
      (value, at) => value * scale.value.data[at % channels]! + offset.value.data[at % channels]!,
    );
    return this.#record({ shape: x.value.shape, data }, (gradient) => {
      gradient.forEach((dy, at) => {
        const c = at % channels;
        x.gradient[at]! += (dy * scale.value.data[c]!) / Math.sqrt(variance.data[c]! + 1e-5);
        scale.gradient[c]! += dy * unit[at]!;
        offset.gradient[c]! += dy;
      });
    });
  }

  relu(x: Node64): Node64 {
    return this.#record(f64.relu(x.value), (gradient) => {
      gradient.forEach((dy, at) => {
        if (x.value.data[at]! > 0) x.gradient[at]! += dy;
      });
    });
  }

  add(a: Node64, b: Node64): Node64 {
    return this.#record(f64.add(a.value, b.value), (gradient) => {
      gradient.forEach((dy, at) => {
        a.gradient[at]! += dy;
        b.gradient[at]! += dy;
      });
    });
  }

  /** [N,H,W,C] -> [N,C] */
  averagePlane(x: Node64): Node64 {
    const [, height, width, channels] = x.value.shape as [number, number, number, number];
    const area = height * width;
    return this.#record(f64.reduce(x.value, f64.average, [1, 2]), (gradient) => {
      x.gradient.forEach((_, at) => {
        const n = Math.floor(at / (area * channels));
        x.gradient[at]! += gradient[n * channels + (at % channels)]! / area;
      });
    });
  }

  /** x [N,I] by weight [O,I], plus bias [O]. */
  dense(x: Node64, weight: Node64, bias: Node64): Node64 {
    const value = f64.add(f64.matMul(x.value, weight.value, false, true), bias.value);
    const [outputs, inputs] = weight.value.shape as [number, number];
    return this.#record(value, (gradient) => {
      gradient.forEach((dy, at) => {
        const [n, o] = [Math.floor(at / outputs), at % outputs];
        bias.gradient[o]! += dy;
        for (let i = 0; i < inputs; i++) {
          x.gradient[n * inputs + i]! += dy * weight.value.data[o * inputs + i]!;
          weight.gradient[o * inputs + i]! += dy * x.value.data[n * inputs + i]!;
        }
      });
    });
  }
}
