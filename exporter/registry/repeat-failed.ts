import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryError } from './registry-error.ts';

const PAUSES_MS = [20, 40, 80, 160, 320, 640];

/**
 * Repeats what fails with STORE_FAILED, after longer and longer pauses, and in the end fails as it did.
 * @param attempt gets how often it was repeated
 */
export async function repeatFailed<T>(attempt: (repetition: number) => Promise<T>): Promise<T> {
  for (const [repetition, pause] of PAUSES_MS.entries()) {
    try {
      return await attempt(repetition);
    } catch (error) {
      if (!(error instanceof RegistryError && error.code === 'STORE_FAILED')) throw error;
      await sleep(pause);
    }
  }
  return attempt(PAUSES_MS.length);
}
