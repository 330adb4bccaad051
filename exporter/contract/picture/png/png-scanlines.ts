import { corrupt } from '../picture-error.ts';
import type { PngHeader } from './png-header.ts';

/** A sub-picture as PNG stores it: the pixels at (x + i dx, y + j dy). */
export interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly width: number;
  readonly height: number;
  /** Bytes of one line, without the filter byte before it. */
  readonly stride: number;
}

/** Adam7 (PNG specification, section 8.2), or all at once. */
const INTERLACED = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];
const SEQUENTIAL = [{ x: 0, y: 0, dx: 1, dy: 1 }];

/** The passes that hold pixels, in the order of the data. */
export function passesOf(header: PngHeader): Pass[] {
  const bits = header.depth * header.channels;
  return (header.interlaced ? INTERLACED : SEQUENTIAL)
    .map((grid) => {
      const width = Math.ceil((header.width - grid.x) / grid.dx);
      const height = Math.ceil((header.height - grid.y) / grid.dy);
      return { ...grid, width, height, stride: Math.ceil((width * bits) / 8) };
    })
    .filter((pass) => pass.width > 0 && pass.height > 0);
}

/** Bytes of the inflated data: every line of every pass with its filter byte. */
export function inflatedSize(passes: readonly Pass[]): number {
  return passes.reduce((sum, pass) => sum + pass.height * (pass.stride + 1), 0);
}

/**
 * Undoes the filters of one pass in place (PNG specification, section 9).
 * @param lines the pass's lines, each after its filter byte
 * @param back bytes from a sample to the same sample of the pixel to its left
 * @throws PictureError PICTURE_CORRUPT for an unknown filter
 */
export function unfilter(lines: Uint8Array, pass: Pass, back: number): void {
  const pitch = pass.stride + 1;
  for (let y = 0; y < pass.height; y++) {
    const start = y * pitch + 1;
    const end = start + pass.stride;
    const filter = lines[start - 1]!;
    if (filter > 4) throw corrupt('PNG', `uses filter ${filter}, which does not exist`);
    if (filter === 0) continue;
    for (let i = start; i < end; i++) {
      const left = i - start >= back ? lines[i - back]! : 0;
      const up = y > 0 ? lines[i - pitch]! : 0;
      const upLeft = y > 0 && i - start >= back ? lines[i - pitch - back]! : 0;
      lines[i] = lines[i]! + predict(filter, left, up, upLeft);
    }
  }
}

function predict(filter: number, left: number, up: number, upLeft: number): number {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    default:
      return paeth(left, up, upLeft);
  }
}

function paeth(left: number, up: number, upLeft: number): number {
  const toLeft = Math.abs(up - upLeft);
  const toUp = Math.abs(left - upLeft);
  const toUpLeft = Math.abs(left + up - 2 * upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}
