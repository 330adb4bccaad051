/** What a step does, as far as steps are compared by it. */
export interface Damage {
  /** Earlier fixes that no longer hold. */
  readonly broken: number;
  /** Whether the neighbours do not follow as they should. */
  readonly short: boolean;
  /** Control pictures that were right and are wrong now. */
  readonly negativeFlips: number;
  /** Pictures of other classes near the fixed one that took its label. */
  readonly overReach: number;
  /** By how much the right label lost probability, summed over the control pictures where it did. */
  readonly lost: number;
}

/**
 * The order of damage, the least first: earlier fixes, neighbours, then flips with over-reach and the
 * probability lost. Flips alone are too few to tell two edits apart: what an edit costs on pictures that
 * were not looked at follows the probability lost more closely than it follows them.
 */
export function compareDamage(one: Damage, other: Damage): number {
  return (
    one.broken - other.broken ||
    Number(one.short) - Number(other.short) ||
    harmOf(one) - harmOf(other)
  );
}

/** In pictures. */
function harmOf({ negativeFlips, overReach, lost }: Damage): number {
  return negativeFlips + overReach + lost;
}

/** The order of measured steps, the best first: those that the gate lets through, then the least damage. */
export function compareMeasured(one: MeasuredDamage, other: MeasuredDamage): number {
  return (
    Number(other.acceptable) - Number(one.acceptable) || compareDamage(one.damage, other.damage)
  );
}

interface MeasuredDamage {
  readonly damage: Damage;
  readonly acceptable: boolean;
}

/** What was found on two parts of the control pictures, taken together. */
export function addDamage(one: Damage, other: Damage): Damage {
  return {
    broken: Math.max(one.broken, other.broken),
    short: one.short || other.short,
    negativeFlips: one.negativeFlips + other.negativeFlips,
    overReach: Math.max(one.overReach, other.overReach),
    lost: one.lost + other.lost,
  };
}
