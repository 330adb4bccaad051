import type { Candidate } from './candidate.ts';
import { addDamage, compareDamage, compareMeasured, type Damage } from './damage.ts';
import { type LineSearchResult, smallestStep } from './line-search.ts';
import type { Measured, Sampled, Trial } from './trial.ts';

export type CandidateState =
  | 'waiting'
  | 'editing'
  | 'failed'
  | 'sampled'
  | 'dropped'
  | 'measured'
  | 'chosen';

/** How far the search is with a candidate. */
export interface CandidateRow {
  readonly candidate: Candidate;
  readonly state: CandidateState;
  readonly steps: number | null;
  readonly share: number | null;
  readonly damage: Damage | null;
}

export interface Choice<Edit, Figures> extends Measured<Figures> {
  readonly candidate: Candidate;
  readonly edit: Edit;
  readonly steps: number;
  readonly share: number;
}

export interface SearchOutcome<Edit, Figures> {
  readonly rows: readonly CandidateRow[];
  readonly choice: Choice<Edit, Figures>;
  /** Why this one, for people. */
  readonly reason: string;
}

/** While candidates are compared, and for the one that is measured. */
const COARSE = { tolerance: 1 / 8, most: 3 };
const FINE = { tolerance: 1 / 64, most: 3 };
/** Candidates that are measured on all control pictures where none of them is harmless. */
const FINALISTS = 2;

/** Where no control picture is right before, none can break. */
const UNSAMPLED: Sampled = {
  damage: { broken: 0, short: false, negativeFlips: 0, overReach: 0, lost: 0 },
  promising: true,
};

interface Contender<Edit> {
  readonly index: number;
  readonly candidate: Candidate;
  readonly edit: Edit;
  readonly steps: number;
  readonly bounds: LineSearchResult | null;
  readonly damage: Damage;
  /** Whether it is worth measuring at once. */
  readonly promising: boolean;
}

/**
 * Finds the edit that does the least damage. Candidates are tried in their order, those that rehearse after
 * all others: an edit is made, cut back to the smallest step that still succeeds, and held against a sample of
 * control pictures; where there is none, it is measured on all at once. The first one that harms few of them, and
 * turns out modest on all control pictures, is taken, and nothing behind it is tried. Where none is, the better half of them goes on to the next sample
 * until few are left (successive halving; Jamieson and Talwalkar 2016), which are measured. Of all that were
 * measured, the one with the least damage is taken. Depends on what the trial answers alone.
 */
export class EditSearch<Edit, Figures> {
  #trial: Trial<Edit, Figures>;
  #observe: (rows: readonly CandidateRow[]) => void;
  #rows: CandidateRow[];
  #fixing = 0;
  #measured: Choice<Edit, Figures>[] = [];

  constructor(
    candidates: readonly Candidate[],
    trial: Trial<Edit, Figures>,
    observe: (rows: readonly CandidateRow[]) => void = () => {},
  ) {
    this.#trial = trial;
    this.#observe = observe;
    const untouched = { state: 'waiting', steps: null, share: null, damage: null } as const;
    this.#rows = candidates.map((candidate) => ({ candidate, ...untouched }));
  }

  /**
   * Tries the candidates that are due and were not tried: measures until one is modest, those first that
   * promise to be.
   */
  async try(due: (candidate: Candidate) => boolean = () => true): Promise<void> {
    const contenders: Contender<Edit>[] = [];
    for (const index of this.#waiting(due)) {
      const contender = await this.#enter(index);
      if (!contender) continue;
      if (!contender.promising) contenders.push(contender);
      else if (await this.#measure(contender)) return;
    }
    for (const contender of await this.#halve(contenders)) {
      if (await this.#measure(contender)) return;
    }
  }

  /** The best of what was measured so far; null where nothing was. */
  get best(): Choice<Edit, Figures> | null {
    return this.measured[0] ?? null;
  }

  /** What was measured so far, the best first. */
  get measured(): readonly Choice<Edit, Figures>[] {
    return this.#measured.toSorted(compareMeasured);
  }

  /** Takes the best; null where no candidate fixes the pictures. */
  outcome(): SearchOutcome<Edit, Figures> | null {
    const [best, next] = this.measured;
    if (!best) return null;
    const index = this.#rows.findIndex(({ candidate }) => candidate === best.candidate);
    this.#update(index, { state: 'chosen' });
    const untried = this.#waiting().length;
    const spared = untried > 0 ? `, so that ${untried} other candidates were not needed` : '';
    const least = `does the least damage of ${this.#fixing} candidates that fix it${next ? `, before ${next.candidate.name}` : ''}`;
    const reason = best.modest
      ? `it uses little of the damage that the gate allows${spared}`
      : `it ${least}${untried > 0 && best.acceptable ? `, and the gate lets it through${spared}` : ''}`;
    return { rows: this.#rows, choice: best, reason };
  }

  /** Where the candidates lie that were not tried, in the order in which they are. */
  #waiting(due: (candidate: Candidate) => boolean = () => true): number[] {
    const rehearses = ({ settings }: Candidate) => Number(Boolean(settings.rehearsal));
    return [...this.#rows.entries()]
      .filter(([, { state, candidate }]) => state === 'waiting' && due(candidate))
      .toSorted(([, one], [, other]) => rehearses(one.candidate) - rehearses(other.candidate))
      .map(([index]) => index);
  }

  /** Makes a candidate's edit, and looks at the first sample; null where it does not succeed. */
  async #enter(index: number): Promise<Contender<Edit> | null> {
    const { candidate } = this.#rows[index]!;
    this.#update(index, { state: 'editing' });
    const { edit, success, steps } = await this.#trial.edit(candidate);
    if (!success) {
      this.#update(index, { state: 'failed', steps });
      return null;
    }
    this.#fixing++;
    const { bounds, damage, promising } = await weigh(edit, this.#trial);
    this.#update(index, { state: 'sampled', steps, share: bounds?.share ?? 1, damage });
    return { index, candidate, edit, steps, bounds, damage, promising };
  }

  /** The finalists among contenders. */
  async #halve(contenders: readonly Contender<Edit>[]): Promise<readonly Contender<Edit>[]> {
    let rest = contenders;
    for (let sample = 1; ; sample++) {
      rest = rest.toSorted((a, b) => compareDamage(a.damage, b.damage));
      const last = sample >= this.#trial.samples;
      const most = last ? FINALISTS : Math.max(FINALISTS, Math.ceil(rest.length / 2));
      for (const { index } of rest.slice(most)) this.#update(index, { state: 'dropped' });
      rest = rest.slice(0, most);
      if (last || rest.length <= FINALISTS) return rest;
      const seen: Contender<Edit>[] = [];
      for (const contender of rest) {
        const { edit, bounds } = contender;
        const more = await this.#trial.sample(edit, bounds?.share ?? 1, sample);
        const damage = addDamage(contender.damage, more.damage);
        this.#update(contender.index, { damage });
        seen.push({ ...contender, damage });
      }
      rest = seen;
    }
  }

  /** @returns whether it is modest */
  async #measure(contender: Contender<Edit>): Promise<boolean> {
    const choice = await measureContender(contender, this.#trial);
    this.#measured.push(choice);
    const { share, damage } = choice;
    this.#update(contender.index, { state: 'measured', share, damage });
    return choice.modest;
  }

  #update(index: number, change: Partial<CandidateRow>): void {
    this.#rows[index] = { ...this.#rows[index]!, ...change };
    this.#observe(this.#rows);
  }
}

/** Cuts an edit back to the smallest step that succeeds, coarsely, and looks at the first sample. */
async function weigh<Edit, Figures>(edit: Edit, trial: Trial<Edit, Figures>) {
  const check = async (share: number) => {
    const { holds, follows } = await trial.near(edit, share);
    return holds && follows;
  };
  let bounds = await smallestStep(check, COARSE);
  const short = bounds === null;
  // Where the neighbours never follow, the picture alone decides how far to go.
  bounds ??= await smallestStep(async (share) => (await trial.near(edit, share)).holds, COARSE);
  const share = bounds?.share ?? 1;
  const { broken } = await trial.near(edit, share);
  const { damage, promising } = trial.samples > 0 ? await trial.sample(edit, share, 0) : UNSAMPLED;
  return {
    bounds,
    damage: { ...damage, broken, short },
    promising: promising && broken === 0 && !short,
  };
}

async function measureContender<Edit, Figures>(
  { candidate, edit, steps, bounds, damage }: Contender<Edit>,
  trial: Trial<Edit, Figures>,
): Promise<Choice<Edit, Figures>> {
  const check = async (share: number) => {
    const { holds, follows } = await trial.near(edit, share);
    return holds && (follows || damage.short);
  };
  const finer = bounds && (await smallestStep(check, FINE, bounds));
  const share = finer?.share ?? 1;
  return { candidate, edit, steps, share, ...(await trial.measure(edit, share)) };
}
