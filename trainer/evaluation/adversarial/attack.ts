import { AttackError } from './attack-error.ts';

/** Steps along the sign of the loss's gradient, kept near the picture. All lengths in bytes. */
export interface Attack {
  readonly name: string;
  /** How far any byte may go from the picture's. */
  readonly radius: number;
  /** How far a byte goes in one step. */
  readonly step: number;
  readonly steps: number;
  /** Whether to start anywhere within the radius, or at the picture itself. */
  readonly randomStart: boolean;
}

/** x + epsilon sign(dL/dx) (Goodfellow et al. 2015, arXiv 1412.6572, section 4), epsilon 8/255. */
export const FGSM: Attack = { name: 'fgsm', radius: 8, step: 8, steps: 1, randomStart: false };

/**
 * x <- clip(x + alpha sign(dL/dx)) from a random start (Madry et al. 2018, arXiv 1706.06083, equation 2):
 * ten steps of alpha 2/255 within epsilon 8/255 of each value.
 */
export const PGD: Attack = { name: 'pgd', radius: 8, step: 2, steps: 10, randomStart: true };

export const ATTACKS: readonly Attack[] = [FGSM, PGD];

/** @throws AttackError ATTACK_INVALID where the attack is not in whole bytes and steps */
export function checkAttack({ name, radius, step, steps }: Attack): void {
  const whole = [radius, step, steps].every((value) => Number.isInteger(value) && value >= 1);
  if (whole && radius <= 255 && step <= 255) return;
  throw new AttackError(
    'ATTACK_INVALID',
    `The attack ${name} goes ${steps} steps of ${step} within ${radius} bytes; give whole numbers from 1, and no more than 255 bytes.`,
  );
}
