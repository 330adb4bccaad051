/** Keeps work going beyond the answer, and beyond the departure, of a client: `ExecutionContext`. */
export interface Background {
  waitUntil(work: Promise<unknown>): void;
}
