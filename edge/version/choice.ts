import type { LoadedVersion } from './loaded-version.ts';
import type { Trial } from './trial.ts';

/** What answers a request. To be used before the next await: a swap may release it. */
export interface Choice {
  readonly version: LoadedVersion;
  /** The other version of the trial that the request is part of, to be compared with; else null. */
  readonly other: LoadedVersion | null;
  /** The trial that it is part of. */
  readonly trial: Trial | null;
}

/**
 * Which version answers a client while a candidate may be on trial.
 * @param current the version that serves
 */
export function chooseBy(current: LoadedVersion, trial: Trial | null, clientKey: string): Choice {
  const candidate = trial?.candidate ?? null;
  if (candidate !== null && trial?.answers(clientKey)) {
    return { version: candidate, other: current, trial };
  }
  if (candidate !== null && trial?.takesShadow()) {
    return { version: current, other: candidate, trial };
  }
  return { version: current, other: null, trial: null };
}
