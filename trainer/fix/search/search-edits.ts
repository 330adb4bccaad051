import type { Candidate } from './candidate.ts';
import { addDamage, compareDamage, type Damage } from './damage.ts';
import { type LineSearchResult, smallestStep } from './line-search.ts';

/** An edit as a candidate made it. */
export interface TriedEdit<Edit> {
  readonly edit: Edit;
  readonly success: boolean;
  readonly steps: number;
}

/** What a step does where it is meant to: see `Trial.near`. */
export interface NearCheck {
  /** Whether the pictures have their labels, with the margin. */
  readonly holds: boolean;
  /** Whether enough of their neighbours follow. */
  readonly follows: boolean;
  /** Earlier fixes that no longer hold. */
  readonly broken: number;
}

/** Everything measured of a step. */
export interface Measured<Figures> {
  readonly damage: Damage;
  readonly figures: Figures;
  /** Whether the gate would let it through. */
  readonly acceptable: boolean;
  /** Whether it would, by so much that looking for less damage is not worth the time. */
  readonly modest: boolean;
}

/** What a search asks of the world. A step is an edit of which a share is taken. */
export interface Trial<Edit, Figures> {
  edit(candidate: Candidate): Promise<TriedEdit<Edit>>;
  near(edit: Edit, share: number): Promise<NearCheck>;
  /** Samples of control pictures, of which the later ones are looked at for fewer candidates. */
  readonly samples: number;
  /** What a step does to one sample. */
  sample(edit: Edit, share: number, index: number): Promise<Damage>;
  /** Whether what a step does to the first sample lets expect that it is modest. */
  promises(damage: Damage): boolean;
  /** What a step does to all control pictures. */
  measure(edit: Edit, share: number): Promise<Measured<Figures>>;
}

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
}

/**
 * Finds the edit that does the least damage. Candidates are tried in their order: an edit is made, cut
 * back to the smallest step that still succeeds, and held against a sample of control pictures. The first
 * one that harms few of them, and turns out modest on all control pictures, is taken. Where there is none,
 * the better half goes on to the next sample until few are left (successive halving; Jamieson and Talwalkar 2016),
 * and of these the one with the least measured damage is taken. Depends on what the trial answers alone.
 */
export async function searchEdits<Edit, Figures>(
  candidates: readonly Candidate[],
  trial: Trial<Edit, Figures>,
  observe: (rows: readonly CandidateRow[]) => void = () => {},
): Promise<SearchOutcome<Edit, Figures>> {
  const rows: CandidateRow[] = candidates.map((candidate) => ({
    candidate,
    state: 'waiting',
    steps: null,
    share: null,
    damage: null,
  }));
  const update = (index: number, change: Partial<CandidateRow>): void => {
    rows[index] = { ...rows[index]!, ...change };
    observe(rows);
  };
  const measured: { contender: Contender<Edit>; choice: Choice<Edit, Figures> }[] = [];
  const measure = async (contender: Contender<Edit>): Promise<Choice<Edit, Figures>> => {
    const choice = await measureContender(contender, trial);
    measured.push({ contender, choice });
    update(contender.index, { state: 'measured', share: choice.share, damage: choice.damage });
    return choice;
  };
  const finish = (choice: Choice<Edit, Figures>, reason: string) => {
    update(candidates.indexOf(choice.candidate), { state: 'chosen' });
    return { rows, choice, reason };
  };

  const contenders: Contender<Edit>[] = [];
  for (const [index, candidate] of candidates.entries()) {
    update(index, { state: 'editing' });
    const { edit, success, steps } = await trial.edit(candidate);
    if (!success) {
      update(index, { state: 'failed', steps });
      continue;
    }
    const { bounds, damage } = await weigh(edit, trial);
    const contender = { index, candidate, edit, steps, bounds, damage };
    contenders.push(contender);
    update(index, { state: 'sampled', steps, share: bounds?.share ?? 1, damage });
    if (!trial.promises(damage)) continue;
    const choice = await measure(contender);
    if (choice.modest) {
      return finish(choice, `it uses little of the damage that the gate allows${untried(rows)}`);
    }
  }
  if (contenders.length === 0) {
    return { rows, choice: null, reason: `none of ${rows.length} candidates fixes it` };
  }

  let rest = contenders.filter((each) => !measured.some(({ contender }) => contender === each));
  for (let sample = 1; rest.length > FINALISTS && sample <= trial.samples; sample++) {
    rest = rest.toSorted((a, b) => compareDamage(a.damage, b.damage));
    const kept = rest.slice(0, Math.max(FINALISTS, Math.ceil(rest.length / 2)));
    for (const { index } of rest.slice(kept.length)) update(index, { state: 'dropped' });
    rest = kept;
    if (rest.length <= FINALISTS || sample === trial.samples) break;
    const seen: Contender<Edit>[] = [];
    for (const contender of rest) {
      const more = await trial.sample(contender.edit, contender.bounds?.share ?? 1, sample);
      const damage = addDamage(contender.damage, more);
      update(contender.index, { damage });
      seen.push({ ...contender, damage });
    }
    rest = seen;
  }
  for (const contender of rest
    .toSorted((a, b) => compareDamage(a.damage, b.damage))
    .slice(0, FINALISTS)) {
    await measure(contender);
  }
  const [best, next] = measured
    .map(({ choice }) => choice)
    .toSorted(
      (a, b) => Number(b.acceptable) - Number(a.acceptable) || compareDamage(a.damage, b.damage),
    );
  const among = `of ${contenders.length} candidates that fix it`;
  const beaten = next ? `, before ${next.candidate.name}` : '';
  return finish(best!, `it does the least damage ${among}${beaten}`);
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
  const seen = await trial.sample(edit, share, 0);
  return { bounds, damage: { ...seen, broken, short } };
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

function untried(rows: readonly CandidateRow[]): string {
  const left = rows.filter(({ state }) => state === 'waiting').length;
  return left === 0 ? '' : `; ${left} costlier candidates were not needed`;
}
