/** Wrong tokens that one client may send within the period. */
const TRIES = 10;
const PERIOD_MS = 60_000;
/** Clients remembered at once; the longest known are forgotten first. */
const REMEMBERED = 10_000;

/**
 * Counts wrong tokens by client, so that guessing is slow: within one isolate by itself, and over all
 * of a Cloudflare location where a rate limit is bound.
 */
export class TokenGuard {
  readonly #failures = new Map<string, { count: number; until: number }>();

  /** Seconds until the client may try again; 0 where it may now. */
  waits(client: string): number {
    const failures = this.#recent(client);
    if (failures.count < TRIES) return 0;
    return Math.ceil((failures.until - Date.now()) / 1000);
  }

  /** Remembers that a token was wrong. `limit` is asked beside, where there is one. */
  async failed(client: string, limit: RateLimit | undefined): Promise<void> {
    const failures = this.#recent(client);
    failures.count++;
    this.#remember(client, failures);
    const elsewhere = await limit?.limit({ key: client });
    if (elsewhere?.success === false) failures.count = TRIES;
  }

  #recent(client: string): { count: number; until: number } {
    const failures = this.#failures.get(client);
    if (failures && failures.until > Date.now()) return failures;
    return { count: 0, until: Date.now() + PERIOD_MS };
  }

  #remember(client: string, failures: { count: number; until: number }): void {
    this.#failures.set(client, failures);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > REMEMBERED && oldest !== undefined) this.#failures.delete(oldest);
  }
}
