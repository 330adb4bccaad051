import type { Weights } from '../network/weights.ts';
import type { Patch, PatchConstraint } from '../patch/patch.ts';
import type { FixRecord, Strategy } from './fix-record.ts';
import type { Candidate, CandidateOptions } from './search/candidate.ts';
import type { CandidateRow } from './search/search-edits.ts';

/** What is to be fixed. */
export interface FixRequest {
  /** The network with the fixes before. */
  readonly current: Weights;
  /** The fixes before, in order: the regression suite. */
  readonly earlier: readonly Patch[];
  readonly constraints: readonly PatchConstraint[];
  readonly observe?: (strategy: Strategy, rows: readonly CandidateRow[]) => void;
}

/** What the log adds to a record. */
export type LoggedBy = 'parent' | 'author' | 'at' | 'forced' | 'comparison';

/** What came of it. */
export interface Fix {
  readonly patch: Patch;
  readonly record: Omit<FixRecord, LoggedBy>;
  /** The network with the fix. */
  readonly weights: Weights;
}

/** The ways to make an edit that a search tries, in order. */
export type CandidateSource = (options: CandidateOptions) => Candidate[];
