import type { Random } from '../data/random.ts';
import { topClasses } from '../evaluation/top-class.ts';

/**
 * Which edits a training rehearses.
 * - `random`: a picture and, uniformly, a label other than its own (Sinitsin et al. 2020, section 4,
 *   draws from all; its own would ask for nothing).
 * - `likely`: a picture and, uniformly, one of the labels that the network ranks next to its answer.
 * - `mistakes`: a picture that the network answers wrongly, and its own label; as `random` where not
 *   enough such pictures were found.
 */
export const EDIT_POLICIES = ['random', 'likely', 'mistakes'] as const;
export type EditPolicy = (typeof EDIT_POLICIES)[number];

/** How many ranks behind the answer count as likely. */
export const LIKELY_RANKS = 3;

/** Pictures that are looked at, for each batch, in search of mistakes. */
const MISTAKE_CANDIDATES = 64;

/** Pictures that edits are chosen from, with what is known of them. */
export interface Candidates {
  /** The label of each, [C]. */
  readonly labels: ArrayLike<number>;
  /** The network's answers, [C,classes]; `random` needs none. */
  readonly logits: Float32Array | null;
  readonly classes: number;
}

export interface ChosenEdit {
  /** The candidate's place. */
  readonly candidate: number;
  readonly label: number;
  /** Whether it is random for want of what the policy asks for. */
  readonly fallback: boolean;
}

/** How many pictures the policy has to look at to choose `edits` of them. */
export function candidateCount(policy: EditPolicy, edits: number): number {
  return policy === 'mistakes' ? Math.max(MISTAKE_CANDIDATES, edits) : edits;
}

/** Chooses `edits` of the candidates, each with the label it is to get. */
export function chooseEdits(
  policy: EditPolicy,
  edits: number,
  candidates: Candidates,
  random: Random,
): ChosenEdit[] {
  const { labels, logits, classes } = candidates;
  const places = Array.from(labels, (_, place) => place);
  const randomEdit = (candidate: number, fallback: boolean): ChosenEdit => {
    const label = (labels[candidate]! + 1 + random.integer(classes - 1)) % classes;
    return { candidate, label, fallback };
  };
  if (policy === 'random') return places.slice(0, edits).map((place) => randomEdit(place, false));
  if (policy === 'likely') {
    return places.slice(0, edits).map((candidate) => {
      const row = logits!.subarray(candidate * classes, (candidate + 1) * classes);
      const label = likelyLabels(row)[random.integer(Math.min(LIKELY_RANKS, classes - 1))]!;
      return { candidate, label, fallback: false };
    });
  }
  const answers = topClasses(logits!, classes);
  const mistakes = places.filter((place) => answers[place] !== labels[place]);
  const others = places.filter((place) => answers[place] === labels[place]);
  return [
    ...mistakes.map((candidate) => ({ candidate, label: labels[candidate]!, fallback: false })),
    ...others
      .slice(0, Math.max(0, edits - mistakes.length))
      .map((place) => randomEdit(place, true)),
  ].slice(0, edits);
}

/** The labels behind the answer, the likeliest first. */
function likelyLabels(logits: Float32Array): number[] {
  return Array.from(logits, (_, label) => label)
    .sort((a, b) => logits[b]! - logits[a]! || a - b)
    .slice(1);
}
