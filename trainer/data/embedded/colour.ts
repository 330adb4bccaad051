import type { Random } from '../random.ts';

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** A random colour: any hue, from dull to vivid and from dim to bright. */
export function randomColour(random: Random): Colour {
  return hsv(random.between(0, 6), random.between(0.15, 0.95), random.between(0.25, 1));
}

/** A random colour at least `distance` from `other`, as the eye weighs it; up to 110 there always is one. */
export function colourApart(random: Random, other: Colour, distance: number): Colour {
  for (;;) {
    const colour = randomColour(random);
    if (colourDistanceSquared(colour, other) >= distance * distance) return colour;
  }
}

/** `share` of the way from one colour to another. */
export function mix(from: Colour, to: Colour, share: number): Colour {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

/** Weighs the channels as ITU-R BT.601 weighs them for brightness, scaled to keep the distance of greys. */
function colourDistanceSquared(a: Colour, b: Colour): number {
  const [red, green, blue] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
  return 0.299 * red * red + 0.587 * green * green + 0.114 * blue * blue;
}

/** @param hue 0 to 6: red, yellow, green, cyan, blue, magenta */
function hsv(hue: number, saturation: number, value: number): Colour {
  const channel = (turn: number): number => {
    const place = (turn + hue) % 6;
    const shade = Math.max(0, Math.min(place, 4 - place, 1));
    return 255 * value * (1 - saturation * shade);
  };
  return [channel(5), channel(3), channel(1)];
}
