import { VersionError } from './version-error.ts';

/**
 * Awaits the bucket, and says in our words that it failed: its own are for the log.
 * @throws VersionError STORAGE_FAILED
 */
export async function storageAnswer<T>(answer: Promise<T>, what: string): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new VersionError('STORAGE_FAILED', `The bucket failed over the ${what}; try again.`, {
      cause,
    });
  }
}
