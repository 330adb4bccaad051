import type { VersionReference } from '../../exporter/contract/pointer.ts';
import type { LoadLease } from './load-lease.ts';
import type { LoadedVersion } from './loaded-version.ts';
import { logSwap, reportOf, type SwapReport } from './swap-report.ts';

/** What this isolate serves, and how serving what the channel points to went last. */
export class Serving {
  #current: LoadedVersion | null = null;
  #next: { readonly version: LoadedVersion; readonly lease: LoadLease } | null = null;
  #lastGood: VersionReference | null = null;
  #report: SwapReport = reportOf('idle', null);
  #failures = 0;

  get current(): LoadedVersion | null {
    return this.#current;
  }

  /** What must stay loaded: what answers requests, and what is about to. */
  get inUse(): LoadedVersion[] {
    const next = this.#next?.lease.ended ? null : this.#next;
    return [this.#current, next?.version ?? null].filter((version) => version !== null);
  }

  /** What served last; it stays when that is taken out of service. */
  get lastGood(): VersionReference | null {
    return this.#lastGood;
  }

  get report(): SwapReport {
    return this.#report;
  }

  /** How often following the pointer failed. */
  get failures(): number {
    return this.#failures;
  }

  /** Keeps a version loaded that is to be activated, no longer than its load's lease lasts. */
  prepare(loaded: LoadedVersion, lease: LoadLease): void {
    this.#next = { version: loaded, lease };
  }

  /** What was prepared under `lease` is not to be activated any more. */
  dismiss(lease: LoadLease): void {
    if (this.#next?.lease === lease) this.#next = null;
  }

  /** Requests are answered by this one from now on. */
  activate(loaded: LoadedVersion, { version, manifestSha256 }: VersionReference): void {
    this.#current = loaded;
    this.#next = null;
    this.#lastGood = { version, manifestSha256 };
  }

  /** Nothing answers from now on, nor is about to. */
  vacate(): void {
    this.#current = null;
    this.#next = null;
  }

  /** The version that the channel points to is being loaded. */
  loading(version: number): void {
    this.#report = reportOf('loading', version);
  }

  /** The version that the channel points to serves. @returns whether that is news */
  reached(version: number): boolean {
    if (this.#report.state === 'serving' && this.#report.version === version) return false;
    this.#report = reportOf('serving', version);
    logSwap(this.#report);
    return true;
  }

  /** The channel could not be followed. @param version that it points to, where that is known */
  failed(version: number | null, error: unknown): void {
    this.#failures++;
    this.#report = reportOf('failed', version, error);
    logSwap(this.#report, error);
  }
}
