import { CodedError } from '../../exporter/contract/coded-error.ts';
import type { TrialStatus } from './trial.ts';

/** How the last attempt to serve what the channel points to went. `reason` says why it failed. */
export interface SwapReport {
  readonly state: 'idle' | 'loading' | 'serving' | 'failed';
  readonly version: number | null;
  readonly code: string | null;
  readonly reason: string | null;
  readonly at: string;
}

export function reportOf(
  state: SwapReport['state'],
  version: number | null,
  error?: unknown,
): SwapReport {
  const told = error === undefined ? { code: null, reason: null } : explain(error);
  return { state, version, ...told, at: new Date().toISOString() };
}

/** What may be told of an error: ours are written to be read, others may name anything. */
export function explain(error: unknown): { code: string; reason: string } {
  if (error instanceof CodedError) return { code: error.code, reason: error.message };
  return {
    code: 'INTERNAL',
    reason: 'The edge failed in a way it does not know; its log says how.',
  };
}

/** One line for the operator's log, with the cause that `reason` keeps to itself. */
export function logSwap({ state, version, code, reason }: SwapReport, error?: unknown): void {
  const cause = error instanceof Error ? { cause: String(error.cause ?? error) } : {};
  console.log(JSON.stringify({ event: 'swap', state, version, code, reason, ...cause }));
}

/** The same of a trial. */
export function logTrial(status: TrialStatus, error?: unknown): void {
  const cause = error instanceof Error ? { cause: String(error.cause ?? error) } : {};
  console.log(JSON.stringify({ event: 'trial', ...status, ...cause }));
}
