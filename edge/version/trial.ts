import type { Halt } from '../../exporter/contract/halt.ts';
import type { Pointer, Rollout, VersionReference } from '../../exporter/contract/pointer.ts';
import { clientPosition } from './client-share.ts';
import type { LoadedVersion } from './loaded-version.ts';

/** What this isolate saw of a candidate. */
export interface TrialCounts {
  /** Requests that the candidate answered or shadowed. */
  readonly requests: number;
  /** Those of them that it failed; they were answered by the version that serves. */
  readonly errors: number;
  /** Pictures that both versions classified. */
  readonly compared: number;
  /** Those of them, beside the pictures that the candidate fixes, whose top class differs. */
  readonly disagreements: number;
}

/** How a trial stands, as operators are told. */
export interface TrialStatus extends TrialCounts {
  readonly mode: Rollout['mode'];
  readonly version: number;
  readonly share: number;
  readonly state: 'loading' | 'running' | 'failed' | 'halted';
  /** Why it was halted, by this isolate or another. */
  readonly halted: Halt['reason'] | null;
  /** Why the candidate is not loaded. */
  readonly code: string | null;
  readonly reason: string | null;
}

/** The trial of a candidate beside the version that serves, from one pointer until the next. */
export class Trial {
  readonly rollout: Rollout;
  readonly sequence: number;
  /** Null until it is loaded. */
  candidate: LoadedVersion | null = null;
  #problem: { readonly code: string; readonly reason: string } | null = null;
  #halt: Halt | null = null;
  #counts = { requests: 0, errors: 0, compared: 0, disagreements: 0 };
  /** What of a shadowed request is due: it grows by the share, and each shadowed request takes 1. */
  #due = 0;

  constructor(rollout: Rollout, { sequence }: Pointer) {
    this.rollout = rollout;
    this.sequence = sequence;
  }

  get status(): TrialStatus {
    const { mode, version, share } = this.rollout;
    return {
      mode,
      version,
      share,
      state: this.#state,
      halted: this.#halt?.reason ?? null,
      code: this.#problem?.code ?? null,
      reason: this.#problem?.reason ?? null,
      ...this.#counts,
    };
  }

  get halted(): boolean {
    return this.#halt !== null;
  }

  /** What halted it, in this isolate or another. */
  get halt(): Halt | null {
    return this.#halt;
  }

  /** Whether it is of the very same candidate. */
  tries({ version, manifestSha256 }: VersionReference): boolean {
    return version === this.rollout.version && manifestSha256 === this.rollout.manifestSha256;
  }

  /** Whether the candidate answers this client. */
  answers(clientKey: string): boolean {
    const { mode, version, share } = this.rollout;
    return this.#runs && mode === 'canary' && clientPosition(version, clientKey) < share;
  }

  /** Whether the candidate is to shadow the next request; counts it as shadowed. */
  takesShadow(): boolean {
    if (!this.#runs || this.rollout.mode !== 'shadow') return false;
    this.#due += this.rollout.share;
    if (this.#due < 1) return false;
    this.#due -= 1;
    return true;
  }

  /** A request that the candidate answered, shadowed or failed. */
  count({ failed }: { failed: boolean }): void {
    this.#counts.requests++;
    if (failed) this.#counts.errors++;
    this.#judge();
  }

  /** The top classes of pictures that both versions classified, and how many of them differ. */
  compare(compared: number, disagreements: number): void {
    this.#counts.compared += compared;
    this.#counts.disagreements += disagreements;
    this.#judge();
  }

  loaded(candidate: LoadedVersion): void {
    this.candidate = candidate;
    this.#problem = null;
  }

  /** The candidate could not be loaded. The trial is over where that is the candidate's own fault. */
  failLoad(problem: { code: string; reason: string }, atFault: boolean): void {
    this.#problem = problem;
    if (atFault) this.#stop('load');
  }

  /** Halts it where that is what a halt of the channel says. @returns whether it does */
  follow(halt: Halt): boolean {
    if (halt.sequence !== this.sequence || halt.version !== this.rollout.version) return false;
    this.#halt ??= halt;
    return true;
  }

  get #state(): TrialStatus['state'] {
    if (this.#halt) return 'halted';
    if (this.candidate) return 'running';
    return this.#problem ? 'failed' : 'loading';
  }

  get #runs(): boolean {
    return this.candidate !== null && this.#halt === null;
  }

  #judge(): void {
    const { maxErrorRate, maxDisagreement, minRequests } = this.rollout;
    if (this.#counts.requests < minRequests) return;
    if (this.#errorRate > maxErrorRate) this.#stop('errors');
    // Comparisons come after the answers: of a burst of requests, the first may be all there is.
    if (this.#counts.compared < minRequests) return;
    if (this.#disagreement > maxDisagreement) this.#stop('disagreement');
  }

  #stop(reason: Halt['reason']): void {
    this.#halt ??= {
      schema: 'patchwork/halt@1',
      sequence: this.sequence,
      version: this.rollout.version,
      reason,
      requests: this.#counts.requests,
      errorRate: this.#errorRate,
      disagreement: this.#disagreement,
    };
  }

  get #errorRate(): number {
    return this.#counts.errors / Math.max(1, this.#counts.requests);
  }

  get #disagreement(): number {
    return this.#counts.disagreements / Math.max(1, this.#counts.compared);
  }
}
