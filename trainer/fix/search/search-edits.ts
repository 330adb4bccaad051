import type { Candidate } from './candidate.ts';
import { addDamage, compareDamage, compareMeasured, type Damage } from './damage.ts';
import { type LineSearchResult, smallestStep } from './line-search.ts';
import type { Measured, Trial } from './trial.ts';

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
  /** Null where no candidate fixes the pictures. */
  readonly choice: Choice<Edit, Figures> | null;
  /** Why this one, for people. */
  readonly reason: string;
}

/** While candidates are compared, and for the one that is measured. */
const COARSE = { tolerance: 1 / 8, most: 3 };
const FINE = { tolerance: 1 / 64, most: 3 };
/** Candidates that are measured on all control pictures where none of them is harmless. */
const FINALISTS = 2;

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
 * control pictures. The first one that harms few of them, and turns out modest on all control pictures, is
 * taken, and nothing behind it is tried. Where none is, the better half of them goes on to the next sample
 * until few are left (successive halving; Jamieson and Talwalkar 2016), which are measured. Of all that were
 * measured, the one with the least damage is taken. Depends on what the trial answers alone.
 */
export async function searchEdits<Edit, Figures>(
  candidates: readonly Candidate[],
  trial: Trial<Edit, Figures>,
  observe: (rows: readonly CandidateRow[]) => void = () => {},
): Promise<SearchOutcome<Edit, Figures>> {
  const search = new Search(candidates, trial, observe);
  const rehearses = (index: number) => Boolean(candidates[index]!.settings.rehearsal);
  const order = candidates
    .map((_, index) => index)
    .toSorted((one, other) => Number(rehearses(one)) - Number(rehearses(other)));
  await search.try(order);
  return search.outcome();
}

/** One search under way. */
class Search<Edit, Figures> {
  #trial: Trial<Edit, Figures>;
  #observe: (rows: readonly CandidateRow[]) => void;
  #rows: CandidateRow[];
  #fixing = 0;
  #measured: Choice<Edit, Figures>[] = [];

  constructor(
    candidates: readonly Candidate[],
    trial: Trial<Edit, Figures>,
    observe: (rows: readonly CandidateRow[]) => void,
  ) {
    this.#trial = trial;
    this.#observe = observe;
    const untouched = { state: 'waiting', steps: null, share: null, damage: null } as const;
    this.#rows = candidates.map((candidate) => ({ candidate, ...untouched }));
  }

  /** Measures candidates until one is modest, those first that promise to be. */
  async try(indices: readonly number[]): Promise<void> {
    const contenders: Contender<Edit>[] = [];
    for (const index of indices) {
      const contender = await this.#enter(index);
      if (!contender) continue;
      if (!contender.promising) contenders.push(contender);
      else if (await this.#measure(contender)) return;
    }
    for (const contender of await this.#halve(contenders)) {
      if (await this.#measure(contender)) return;
    }
  }

  outcome(): SearchOutcome<Edit, Figures> {
    const [best, next] = this.#ranked();
    const rows = this.#rows;
    if (!best) return { rows, choice: null, reason: `none of ${rows.length} candidates fixes it` };
    const index = rows.findIndex(({ candidate }) => candidate === best.candidate);
    this.#update(index, { state: 'chosen' });
    const untried = rows.filter(({ state }) => state === 'waiting').length;
    const reason = best.modest
      ? `it uses little of the damage that the gate allows${untried > 0 ? `, so that ${untried} other candidates were not needed` : ''}`
      : `it does the least damage of ${this.#fixing} candidates that fix it${next ? `, before ${next.candidate.name}` : ''}`;
    return { rows, choice: best, reason };
  }

  /** What was measured, the best first. */
  #ranked(): Choice<Edit, Figures>[] {
    return this.#measured.toSorted(compareMeasured);
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
  const { damage, promising } = await trial.sample(edit, share, 0);
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
