/** Rows of numbers. */
export type Matrix = readonly (readonly number[])[];

/** A convolution along one axis: `y[p] = sum over k of w[k] x[stride p + k - padding]`, zero outside. */
export interface Line {
  readonly input: number;
  readonly output: number;
  readonly taps: number;
  readonly stride: number;
  readonly padding: number;
}

/**
 * A bilinear algorithm for a `Line`: `y = output ((filter w) * (input x))`, where the product is taken
 * element by element and each element of `filter w` serves all tiles. Its transposes compute the
 * line's gradients: `dx = input' ((filter w) * (output' dy))`, and `dw = filter'` times the sum over
 * the tiles of `(input x) * (output' dy)`.
 */
export interface LineAlgorithm {
  readonly points: number;
  readonly tiles: number;
  /** [points * tiles, input length], the tiles of a point side by side. */
  readonly input: Matrix;
  /** [points, taps] */
  readonly filter: Matrix;
  /** [output length, points * tiles] */
  readonly output: Matrix;
}

/** Outputs a tile: beyond 4, float32 loses more digits than the products saved are worth. */
const LARGEST_TILE = 4;

/** Where polynomials are evaluated, before infinity: the smallest numbers, which round least. */
const POINTS = [0, 1, -1, 2, -2];

/**
 * The algorithm of Winograd (1980; Lavin and Gray 2015, arXiv 1509.09308) with the tile size that takes
 * the fewest products. A stride splits the taps by their remainder: each class is a convolution of
 * stride 1 over every so manieth input, and their outputs add up.
 */
export function lineAlgorithm(line: Line): LineAlgorithm {
  let tile = 1;
  for (let size = 2; size <= LARGEST_TILE; size++) {
    if (productsOf(line, size) < productsOf(line, tile)) tile = size;
  }
  const tiles = Math.ceil(line.output / tile);
  const parts = tapClasses(line).map((taps) => ({ taps, ...toomCook(tile, taps.length) }));
  const points = parts.reduce((sum, { filter }) => sum + filter.length, 0);
  const input = zeros(points * tiles, line.input);
  const filter = zeros(points, line.taps);
  const output = zeros(line.output, points * tiles);
  let point = 0;
  for (const part of parts) {
    part.filter.forEach((weights, row) => {
      part.taps.forEach((tap, index) => {
        filter[point + row]![tap] = weights[index]!;
      });
      for (let index = 0; index < tiles; index++) {
        const product = (point + row) * tiles + index;
        const first = line.stride * index * tile + part.taps[0]! - line.padding;
        part.input[row]!.forEach((weight, step) => {
          const position = first + line.stride * step;
          if (position >= 0 && position < line.input) input[product]![position] = weight;
        });
        for (let step = 0; step < tile && index * tile + step < line.output; step++) {
          output[index * tile + step]![product] = part.output[step]![row]!;
        }
      }
    });
    point += part.filter.length;
  }
  return { points, tiles, input, filter, output };
}

/** The transposed matrix. */
export function transposed(matrix: Matrix): number[][] {
  return matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));
}

/** The Kronecker product, which applies `a` to rows and `b` to columns of a plane laid out row by row. */
export function kronecker(a: Matrix, b: Matrix): number[][] {
  return a.flatMap((left) => b.map((right) => left.flatMap((x) => right.map((y) => x * y))));
}

function productsOf(line: Line, tile: number): number {
  const points = tapClasses(line).reduce((sum, { length }) => sum + tile + length - 1, 0);
  return points * Math.ceil(line.output / tile);
}

/** The taps that see the same inputs, by remainder of the stride. */
function tapClasses({ taps, stride }: Line): number[][] {
  const all = Array.from({ length: taps }, (_, tap) => tap);
  return Array.from({ length: stride }, (_, remainder) =>
    all.filter((tap) => tap % stride === remainder),
  ).filter(({ length }) => length > 0);
}

/** F(outputs, taps) of Toom and Cook, at the first of `POINTS` and at infinity. */
function toomCook(outputs: number, taps: number) {
  const size = outputs + taps - 1;
  if (taps === 1 || outputs === 1) return plainProducts(outputs, taps);
  const finite = POINTS.slice(0, size - 1);
  const others = (point: number) => finite.filter((other) => other !== point);
  const input = finite.map((point) => [...withRoots(others(point)), 0]);
  const filter = finite.map((point) => {
    const scale = others(point).reduce((product, other) => product * (point - other), 1);
    return Array.from({ length: taps }, (_, tap) => point ** tap / scale);
  });
  const output = Array.from({ length: outputs }, (_, index) => [
    ...finite.map((point) => point ** index),
    index === outputs - 1 ? 1 : 0,
  ]);
  return {
    input: [...input, withRoots(finite)],
    filter: [...filter, Array.from({ length: taps }, (_, tap) => (tap === taps - 1 ? 1 : 0))],
    output,
  };
}

/** One output or one tap: nothing to save, each product is one of the sum's. */
function plainProducts(outputs: number, taps: number) {
  const size = outputs + taps - 1;
  const identity = Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => (row === column ? 1 : 0)),
  );
  const ones = Array.from({ length: size }, () => [1]);
  return taps === 1
    ? { input: identity, filter: ones, output: identity }
    : { input: identity, filter: identity, output: [ones.flat()] };
}

/** Coefficients, lowest first, of the monic polynomial with these roots. */
function withRoots(roots: readonly number[]): number[] {
  let coefficients = [1];
  for (const root of roots) {
    const shifted = [0, ...coefficients];
    coefficients = shifted.map((c, index) => c - root * (coefficients[index] ?? 0));
  }
  return coefficients;
}

function zeros(rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
}
