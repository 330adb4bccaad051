/** 1 - cos of the angle between two vectors, from 0 to 2; 1 where one of them is zero. */
export function cosineDistance(one: Float32Array, other: Float32Array): number {
  let product = 0;
  let squares = 0;
  let otherSquares = 0;
  for (let index = 0; index < one.length; index++) {
    const [a, b] = [one[index]!, other[index]!];
    product += a * b;
    squares += a * a;
    otherSquares += b * b;
  }
  const norms = Math.sqrt(squares) * Math.sqrt(otherSquares);
  return norms === 0 ? 1 : 1 - product / norms;
}
