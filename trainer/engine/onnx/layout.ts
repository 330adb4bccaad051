/**
 * How a value lies in memory: physical axis i holds logical axis `layout[i]`, one digit an axis, so
 * '0312' is a logical [N,H,W,C] value stored as [N,C,H,W].
 */
export type Layout = string;

/** Logical [N,H,W,C] stored as [N,C,H,W]. */
export const NCHW: Layout = '0312';
/** Logical [N,H,W,C] stored as [C,N,H,W]. */
export const CNHW: Layout = '3012';
/** Logical [N,H,W,C] stored as [C,H,W,N]. */
export const CHWN: Layout = '3120';
/** Logical [N,H,W,C] stored as [H,W,C,N]: each pixel is a matrix of channels by pictures. */
export const HWCN: Layout = '1230';
/** Logical filter [H,W,I,O] stored as [O,I,H,W]. */
export const OIHW: Layout = '3201';

const DIGITS = '0123456789';

/** The layout in which physical and logical order agree. */
export function logicalLayout(rank: number): Layout {
  return DIGITS.slice(0, rank);
}

/** The shape as it lies in memory. */
export function physicalShape(shape: readonly number[], layout: Layout): number[] {
  return axesOf(layout).map((axis) => shape[axis]!);
}

/** Physical axis -> logical axis. */
export function axesOf(layout: Layout): number[] {
  return Array.from(layout, Number);
}

/** The layout of the same memory after a logical transpose by `permutation` (new axis -> old axis). */
export function relabelled(layout: Layout, permutation: readonly number[]): Layout {
  return axesOf(layout)
    .map((axis) => permutation.indexOf(axis))
    .join('');
}

/** The `perm` attribute of the Transpose that takes memory from one layout to another. */
export function transposition(from: Layout, to: Layout): number[] {
  const source = axesOf(from);
  return axesOf(to).map((axis) => source.indexOf(axis));
}

/** Whether at most one axis is longer than 1, so that every layout is the same memory. */
export function isVector(shape: readonly number[]): boolean {
  return shape.filter((length) => length !== 1).length <= 1;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}
