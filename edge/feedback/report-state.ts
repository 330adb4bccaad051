/** What becomes of a report: it is open until it has one of the outcomes. */
export const STATES = ['open', 'fixed', 'duplicate', 'rejected'] as const;
export type State = (typeof STATES)[number];
