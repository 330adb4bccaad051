import { element } from '../markup.ts';

/**
 * A plot as an SVG image of its own.
 * @param width and `height` in pixels
 * @param description said to those who do not see it
 */
export function drawing(
  { width, height, description }: { width: number; height: number; description: string },
  ...parts: readonly string[]
): string {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': description,
    },
    ...parts,
  );
}
