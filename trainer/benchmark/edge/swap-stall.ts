import type { EdgeClient } from './edge-client.ts';
import { quantile } from './quantile.ts';

/** Swaps that are timed. */
const SWAPS = 12;

/** A body of `/classify`, and its type. */
export interface Body {
  readonly body: Uint8Array;
  readonly type: string;
}

/** What swaps cost the one client that asks without a pause meanwhile. */
export interface SwapFigure {
  /** From the request for a swap to its answer, the median, in ms; loading and checking included. */
  readonly swap: number;
  /** One inference beside these swaps, the median, in ms. */
  readonly inference: number;
  /** How much longer than a usual request the longest one of a swap took, in inferences. */
  readonly stall: Spread;
  /** The same of as many requests without a swap, asked in turn with the swaps: the machine's own. */
  readonly quiet: Spread;
}

/** Over all swaps. What disturbs a machine only adds, and so spares the least. */
interface Spread {
  readonly least: number;
  readonly median: number;
  readonly worst: number;
}

/**
 * @param versions to swap through, round after round; each is loaded anew where there are three or more
 * @param bodies of one picture, and of nine
 * @throws Error where a request or a swap is refused
 */
export async function measureSwaps(
  client: EdgeClient,
  versions: readonly number[],
  [one, nine]: readonly [Body, Body],
): Promise<SwapFigure> {
  const ask = async ({ body, type }: Body) => {
    const { status, milliseconds } = await client.classify(body, type);
    if (status !== 200) throw new Error(`The edge answered ${status}.`);
    return milliseconds;
  };
  // An isolate's first loads run code that is yet to be optimised.
  for (const version of versions) await client.swapTo(version);
  const swaps: number[] = [];
  const during: number[][] = [];
  const without: number[][] = [];
  const eight: number[] = [];
  for (let swap = 0; swap < SWAPS; swap++) {
    let swapping = true;
    const moved = client.swapTo(versions[swap % versions.length]!).finally(() => {
      swapping = false;
    });
    const [asked, quiet]: [number[], number[]] = [[], []];
    while (swapping) asked.push(await ask(one));
    swaps.push(await moved);
    for (const _ of asked) quiet.push(await ask(one));
    eight.push((await ask(nine)) - quantile(quiet, 0.5));
    during.push(asked);
    without.push(quiet);
  }
  const inference = quantile(eight, 0.5) / 8;
  const usual = quantile(without.flat(), 0.5);
  const beyond = (stretches: readonly number[][]): Spread => {
    const longest = stretches.map((asked) => (Math.max(...asked) - usual) / inference);
    return {
      least: Math.min(...longest),
      median: quantile(longest, 0.5),
      worst: Math.max(...longest),
    };
  };
  return { swap: quantile(swaps, 0.5), inference, stall: beyond(during), quiet: beyond(without) };
}
