import type { Manifest } from '../../exporter/contract/manifest.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import type { Background } from './background.ts';
import type { ModelInput } from './model-input.ts';
import type { Turnstile } from './turnstile.ts';
import { VersionError } from './version-error.ts';
import type { VersionSwitch } from './version-switch.ts';

export interface Inference {
  /** The version that all the logits are of. */
  readonly manifest: Manifest;
  /** Of each picture. */
  readonly logits: readonly Float32Array[];
}

/** How often a request is run, where the runtime breaks down or the version goes while it waits. */
const ATTEMPTS = 3;

/**
 * Runs pictures on the version that serves when their turn comes. The version is taken and run without
 * awaiting in between, so that a swap falls before or after, never into it. Should the runtime break
 * down, it is rebuilt, and the request waits for that.
 * @param request the version that must answer, null for the one that serves; `accept` throws where the
 *   request does not fit the version
 * @throws VersionError NOT_READY or VERSION_NOT_LOADED; RuntimeError; what `accept` throws
 */
export async function infer(
  { versions, turnstile }: { versions: VersionSwitch; turnstile: Turnstile },
  background: Background,
  pictures: readonly ModelInput[],
  request: { readonly version: number | null; readonly accept: (manifest: Manifest) => void },
): Promise<Inference> {
  const once = (): Inference | null => {
    const version = versions.current;
    if (version === null) return null;
    const { manifest } = version.stored;
    requireVersion(manifest, request.version);
    request.accept(manifest);
    try {
      return { manifest, logits: version.classify(pictures) };
    } catch (error) {
      if (!(error instanceof RuntimeError && error.code === 'INSTANCE_LOST')) throw error;
      return null;
    }
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await versions.ready(background);
    const inference = await turnstile.pass(background, () => versions.changing, once);
    if (inference !== null) return inference;
  }
  throw new VersionError('NOT_READY', 'The runtime broke down over this request; try again.');
}

function requireVersion({ version }: Manifest, asked: number | null): void {
  if (asked === null || asked === version) return;
  throw new VersionError(
    'VERSION_NOT_LOADED',
    `Version ${asked} is not loaded here; version ${version} serves.`,
  );
}
