import type { NdArray } from '../engine/float64/nd-array.ts';

export type Parameters64 = ReadonlyMap<string, NdArray>;
export type Coefficients64 = Readonly<Record<string, number>>;

/** One element's numbers from step to step, whatever the rule keeps. */
type State = Record<string, number>;

/**
 * What a rule makes of one element: its value after the step.
 * @param t the number of the step, from 1
 * @param norm of the whole gradient
 */
type Rule = (
  theta: number,
  g: number,
  c: Coefficients64,
  state: State,
  t: number,
  norm: number,
) => number;

/** The rules as their sources have them, element by element. */
const RULES: Readonly<Record<string, Rule>> = {
  'gradient-descent': (theta, g, c) => theta - c.rate! * g,
  'scaled-gradient-descent': (theta, g, c, _state, _t, norm) =>
    theta - (c.rate! * g) / (norm + 1e-8),
  momentum: (theta, g, c, state, t) => {
    state.m = t === 1 ? g : c.momentum! * state.m! + g;
    return theta - c.rate! * state.m;
  },
  rprop: (theta, g, c, state, t) => {
    const sign = Math.sign(g);
    if (t === 1) state.size = c.rate!;
    else if (sign * state.sign! > 0) state.size = state.size! * c.increase!;
    else if (sign * state.sign! < 0) state.size = state.size! * c.decrease!;
    state.sign = sign;
    return theta - sign * state.size!;
  },
  rmsprop: (theta, g, c, state, t) => {
    state.r = t === 1 ? g * g : c.decay! * state.r! + (1 - c.decay!) * g * g;
    return theta - (c.rate! * g) / Math.sqrt(state.r + 1e-6);
  },
  adam: (theta, g, c, state, t) => {
    state.m = c.firstDecay! * (state.m ?? 0) + (1 - c.firstDecay!) * g;
    state.v = c.secondDecay! * (state.v ?? 0) + (1 - c.secondDecay!) * g * g;
    const first = state.m / (1 - c.firstDecay! ** t);
    const second = state.v / (1 - c.secondDecay! ** t);
    return theta - (c.rate! * first) / Math.sqrt(second + 1e-6);
  },
};

/** An editor's rule with its memory, in plain loops and double precision. */
export class Editor64 {
  #rule: Rule;
  #coefficients: Coefficients64;
  #states = new Map<string, State[]>();
  #t = 0;

  constructor(name: string, coefficients: Coefficients64) {
    this.#rule = RULES[name]!;
    this.#coefficients = coefficients;
  }

  step(parameters: Parameters64, gradients: Parameters64): Map<string, NdArray> {
    this.#t++;
    let squares = 0;
    for (const name of parameters.keys())
      for (const g of gradients.get(name)!.data) squares += g * g;
    const norm = Math.sqrt(squares);
    return new Map(
      [...parameters].map(([name, { shape, data }]) => {
        const g = gradients.get(name)!.data;
        const states = this.#states.get(name) ?? Array.from(data, () => ({}));
        this.#states.set(name, states);
        const moved = data.map((theta, at) =>
          this.#rule(theta, g[at]!, this.#coefficients, states[at]!, this.#t, norm),
        );
        return [name, { shape, data: moved }];
      }),
    );
  }
}
