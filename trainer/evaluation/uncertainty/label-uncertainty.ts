/** The share of people from which on a label counts as given: less may be slips of the hand. */
export const LEAST_SHARE = 0.1;

/** What share of people gave a label, null where it is not known, by the label's index. */
export type GivenLabels = ReadonlyMap<number, number | null>;

/** What people called the test pictures of a data set. */
export interface LabelUncertainty {
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
  /** The labels given by at least `LEAST_SHARE` of people, by picture; pictures may lack. */
  readonly given: ReadonlyMap<number, GivenLabels>;
}
