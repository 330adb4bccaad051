const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 60_000;

/** Which artifacts failed to load, and until when they are left alone: each failure doubles the rest. */
export class RetryRest {
  readonly #resting = new Map<string, { failures: number; until: number }>();

  /** Whether this artifact failed so recently that it is not tried again yet. */
  covers(artifact: string): boolean {
    return Date.now() < (this.#resting.get(artifact)?.until ?? 0);
  }

  failed(artifact: string): void {
    const failures = (this.#resting.get(artifact)?.failures ?? 0) + 1;
    const rest = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (failures - 1));
    this.#resting.set(artifact, { failures, until: Date.now() + rest });
  }

  forgetAll(): void {
    this.#resting.clear();
  }
}
