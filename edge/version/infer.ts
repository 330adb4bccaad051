import type { Manifest } from '../../exporter/contract/manifest.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import type { Background } from './background.ts';
import type { Choice } from './choice.ts';
import { countDisagreements, type Verdict } from './compare.ts';
import type { LoadedVersion } from './loaded-version.ts';
import type { ModelInput } from './model-input.ts';
import type { Trial } from './trial.ts';
import type { Turnstile } from './turnstile.ts';
import { VersionError } from './version-error.ts';
import type { VersionSwitch } from './version-switch.ts';

export interface Inference {
  /** The version that all the logits are of. */
  readonly manifest: Manifest;
  /** Of each picture. */
  readonly logits: readonly Float32Array[];
}

/** What an inference is asked for. */
export interface InferenceRequest {
  /** The version that must answer, null for the one that serves. */
  readonly version: number | null;
  /** Who asks: keeps a client on one side of a canary. */
  readonly clientKey: string;
  /** Throws where the request does not fit the version. */
  accept(manifest: Manifest): void;
}

interface Served {
  readonly versions: VersionSwitch;
  readonly turnstile: Turnstile;
}

/** How often a request is run, where the runtime breaks down or the version goes while it waits. */
const ATTEMPTS = 3;

/**
 * Runs pictures on the version that answers when their turn comes. The version is taken and run without
 * awaiting in between, so that a swap falls before or after, never into it. Should the runtime break
 * down, it is rebuilt, and the request waits for that. A candidate that fails a request loses it to the
 * version that serves; where a trial wants it, both are run, and compared after the answer.
 * @throws VersionError NOT_READY, or, for a version that is asked for, VERSION_UNKNOWN, VERSION_REFUSED
 *   or STORAGE_FAILED; RuntimeError; what `accept` throws
 */
export async function infer(
  { versions, turnstile }: Served,
  background: Background,
  pictures: readonly ModelInput[],
  request: InferenceRequest,
): Promise<Inference> {
  const { version: pin, clientKey } = request;
  const once = (): Answer | null => {
    const choice = versions.choose({ clientKey, pin });
    if (choice === null) return null;
    request.accept(choice.version.stored.manifest);
    return answer(choice, pictures);
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await (pin === null ? versions.ready(background) : versions.pinned(pin, background));
    const answered = await turnstile.pass(background, () => versions.changing, once);
    if (answered === null) continue;
    const { verdict, choice } = answered;
    if (choice.other !== null)
      compareLater({ versions, turnstile }, background, pictures, answered);
    return { manifest: verdict.version.stored.manifest, logits: verdict.logits };
  }
  throw new VersionError('NOT_READY', 'The runtime broke down over this request; try again.');
}

interface Answer {
  readonly verdict: Verdict;
  /** As it was chosen; with nothing to compare where the candidate failed. */
  readonly choice: Choice;
}

/** @returns null where the instance was lost over it */
function answer(choice: Choice, pictures: readonly ModelInput[]): Answer | null {
  const { version, other, trial } = choice;
  try {
    if (other === null || trial === null || version !== trial.candidate) {
      return { verdict: { version, logits: version.classify(pictures) }, choice };
    }
    const tried = attempt(version, trial, pictures);
    if (tried !== null) return { verdict: { version, logits: tried }, choice };
    const logits = other.classify(pictures);
    if (areFinite(logits)) trial.count({ failed: true });
    return {
      verdict: { version: other, logits },
      choice: { version: other, other: null, trial: null },
    };
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'INSTANCE_LOST') return null;
    throw error;
  }
}

/**
 * Runs the candidate, and counts what it answers. What it fails is counted once the version that serves
 * answers it: whoever sends numbers that none can take says nothing about the candidate.
 * @returns null where it fails
 * @throws RuntimeError INSTANCE_LOST
 */
function attempt(
  candidate: LoadedVersion,
  trial: Trial,
  pictures: readonly ModelInput[],
): Float32Array[] | null {
  try {
    const logits = candidate.classify(pictures);
    if (!areFinite(logits)) return null;
    trial.count({ failed: false });
    return logits;
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    if (error.code !== 'INSTANCE_LOST') return null;
    trial.count({ failed: true });
    throw error;
  }
}

function areFinite(logits: readonly Float32Array[]): boolean {
  return logits.every((row) => row.every(Number.isFinite));
}

/** Runs the other version of a trial when nobody waits for it, and tells the trial what came of it. */
function compareLater(
  { versions, turnstile }: Served,
  background: Background,
  pictures: readonly ModelInput[],
  { verdict, choice }: Answer,
): void {
  const { other, trial } = choice;
  if (!areFinite(verdict.logits)) return;
  const compare = () => {
    const candidate = trial?.candidate;
    const loaded = other !== null && versions.loaded.includes(other);
    if (!trial || !loaded || (verdict.version !== candidate && other !== candidate)) return;
    const logits = other === candidate ? attempt(other, trial, pictures) : other.classify(pictures);
    if (logits === null) trial.count({ failed: true });
    if (logits === null || !areFinite(logits)) return;
    const run = { version: other, logits };
    const [tried, served] = other === candidate ? [run, verdict] : [verdict, run];
    trial.compare(pictures.length, countDisagreements(pictures, tried, served));
  };
  turnstile.pass(background, () => versions.changing, compare).catch(() => {});
}
