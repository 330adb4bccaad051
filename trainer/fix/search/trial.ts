import type { Candidate } from './candidate.ts';
import type { Damage } from './damage.ts';

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

/** What a step does to a sample of control pictures. */
export interface Sampled {
  readonly damage: Damage;
  /** Whether it lets expect that the step is modest, as far as it goes. */
  readonly promising: boolean;
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
  sample(edit: Edit, share: number, index: number): Promise<Sampled>;
  /** What a step does to all control pictures. */
  measure(edit: Edit, share: number): Promise<Measured<Figures>>;
}
