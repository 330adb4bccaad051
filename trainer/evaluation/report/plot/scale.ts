/** A linear map from values to pixels, and the round values that its axis marks. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  at(value: number): number;
  readonly ticks: readonly number[];
  /** A tick as text, with as many decimals as its neighbours need. */
  format(value: number): string;
}

/**
 * A scale that holds all `values`, with ticks at multiples of 1, 2 or 5 times a power of ten.
 * @param pixels where the lowest and the highest value lie
 * @param count about how many steps to make
 * @param ends whether the scale goes on to the next tick at both ends, or stops at the outermost values
 */
export function linearScale(
  values: readonly number[],
  pixels: readonly [number, number],
  count: number,
  ends: 'ticks' | 'values' = 'ticks',
): Scale {
  const finite = values.filter(Number.isFinite);
  const least = finite.length > 0 ? Math.min(...finite) : 0;
  const most = finite.length > 0 ? Math.max(...finite) : 1;
  const step = roundStep((most - least || Math.abs(most) || 1) / count);
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(most / step - 1e-9));
  const [low, high] =
    ends === 'values' && least < most ? [least, most] : [first * step, last * step];
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return {
    low,
    high,
    at: (value) => pixels[0] + ((value - low) / (high - low)) * (pixels[1] - pixels[0]),
    ticks: Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step).filter(
      (tick) => tick >= low - step * 1e-9 && tick <= high + step * 1e-9,
    ),
    format: (value) => value.toFixed(decimals).replace(/^-(0(\.0*)?)$/, '$1'),
  };
}

function roundStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((each) => each * power >= raw * (1 - 1e-9))!;
  return factor * power;
}
