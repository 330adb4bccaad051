/** A row-major array in double precision. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const sizeOf = (shape: readonly number[]) => shape.reduce((n, extent) => n * extent, 1);

/** Fills an array from each element's index along every axis. */
export function build(shape: readonly number[], element: (index: number[]) => number): NdArray {
  const data = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let position = 0; position < data.length; position++) {
    data[position] = element(index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = index[axis]! + 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return { shape, data };
}

/** The element at an index, zero outside the array. */
export function at({ shape, data }: NdArray, index: readonly number[]): number {
  let position = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    const along = index[axis]!;
    if (along < 0 || along >= shape[axis]!) return 0;
    position = position * shape[axis]! + along;
  }
  return data[position]!;
}

export const scalar = (value: number): NdArray => ({ shape: [], data: Float64Array.of(value) });

/** `a + factor * b`, alike in shape. */
export const addScaled = (a: NdArray, b: NdArray, factor: number): NdArray => ({
  shape: a.shape,
  data: a.data.map((value, position) => value + factor * b.data[position]!),
});

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0;
  for (let position = 0; position < a.length; position++) sum += a[position]! * b[position]!;
  return sum;
};
