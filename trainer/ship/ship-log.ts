import { RegistryError } from '../../exporter/registry/registry-error.ts';
import { rollback } from '../../exporter/registry/rollback.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { ExportedVersion } from '../export/export-version.ts';
import { heldPictures } from '../fix/log/held-pictures.ts';
import type { LogWriter } from '../fix/log/log-writer.ts';
import { Stopwatch } from '../fix/stopwatch.ts';
import { weightsDigest } from '../network/weights.ts';
import type { Patch } from '../patch/patch.ts';
import type { EdgeClient } from './edge-client.ts';
import { type LivePicture, liveCheck } from './live-check.ts';
import { publishAnnounced, serveStored } from './publish-state.ts';
import { type Destination, servedState } from './served-state.ts';
import { ShipError } from './ship-error.ts';

/** What is exported, as a child of the version that serves. */
export interface ExportedState {
  readonly patches: readonly Patch[];
  readonly parent: number;
  /** Those of the patches that were not live before. */
  readonly fresh: ReadonlySet<string>;
}

export interface ShipRequest {
  readonly writer: LogWriter;
  /** Before any fix. */
  readonly network: TrainedNetwork;
  readonly destination: Destination;
  readonly edge: EdgeClient;
  /** How long the edge may take to answer by the new version, in milliseconds. */
  readonly patience: number;
  /** Exports and signs the network with patches; asked for only where no stored version has them. */
  readonly exportState: (state: ExportedState) => Promise<ExportedVersion>;
}

export interface Shipped {
  readonly version: number;
  /** Fixes that were not live before. */
  readonly fixes: readonly string[];
  /** The version whose trial on a part of the clients this ended; null where there was none. */
  readonly endedTrial: number | null;
  /** In seconds. */
  readonly stages: Stopwatch['stages'];
}

/**
 * Lets a channel serve the network with all fixes of a log, and sees to it that the edge answers each new
 * one right; else rolls the channel back, unless it served that version before. Everything is told from the
 * log, the registry and the edge, so that it may be asked again after a process was killed at any moment: a
 * version that is stored is not stored again, and one that serves is only checked.
 * @throws ShipError LIVE_CHECK_FAILED after the channel was rolled back or left, NOTHING_SERVED; FixError
 *   BASE_CHANGED; ExportError, RegistryError, ContractError
 */
export async function shipLog(request: ShipRequest): Promise<Shipped> {
  const { writer, network, destination, edge, patience } = request;
  const { model } = destination;
  const stopwatch = new Stopwatch();
  const patches = await writer.log.patches();
  const weights = weightsDigest(await writer.log.apply(network.weights));
  const fixes = writer.log.entries
    .filter(({ shipping }) => shipping.state !== 'live')
    .map(({ id }) => id);
  const announce = (version: number) =>
    writer.setShipping(fixes, { state: 'publishing', model, version });
  const { serves, present } = await servedState(destination, weights);
  if (present === serves && fixes.length === 0) {
    return { version: present, fixes, endedTrial: null, stages: [] };
  }
  const begun = writer.log.entries.some(
    ({ shipping }) => shipping.state === 'publishing' && shipping.version === serves,
  );
  const { version, endedTrial } = await (present === null
    ? exportAndPublish()
    : servePresent(present));
  const pictures = await livePictures(request, fixes);
  const reason = await stopwatch.time('live', () => liveCheck(edge, version, pictures, patience));
  if (reason !== null) throw await takenBack(reason);
  const at = new Date().toISOString();
  await writer.setShipping(fixes, { state: 'live', model, version, at });
  return { version, fixes, endedTrial, stages: stopwatch.stages };

  async function exportAndPublish(): Promise<Pick<Shipped, 'version' | 'endedTrial'>> {
    const state = { patches, parent: serves, fresh: new Set(fixes) };
    const exported = await stopwatch.time('export', () => request.exportState(state));
    return stopwatch.time('publish', () => publishAnnounced(destination, exported, announce));
  }

  async function servePresent(stored: number): Promise<Pick<Shipped, 'version' | 'endedTrial'>> {
    if (stored === serves) return { version: stored, endedTrial: null };
    await announce(stored);
    const { endedTrial } = await stopwatch.time('publish', () => serveStored(destination, stored));
    return { version: stored, endedTrial };
  }

  async function takenBack(why: string): Promise<ShipError> {
    const moved = version !== serves || begun;
    const became = moved
      ? await returnFrom(destination, version)
      : `Version ${version} was served before, and is left`;
    if (moved) {
      await writer.setShipping(fixes, { state: 'rolled-back', model, version, reason: why });
    }
    return new ShipError(
      'LIVE_CHECK_FAILED',
      `${became}: ${why}. The log keeps the fix; undo it, or ship again.`,
    );
  }
}

/** The pictures of the fixes that are not live yet; else those of all; else any, since the edge must answer. */
async function livePictures(
  { writer, network }: ShipRequest,
  fixes: readonly string[],
): Promise<readonly LivePicture[]> {
  const held = await heldPictures(writer.log);
  const fresh = held.filter(({ fix }) => fixes.includes(fix));
  const asked = (fresh.length > 0 ? fresh : held).map(({ constraint }) => constraint);
  if (asked.length > 0) return asked;
  const { height, width } = network.dataSet.preprocessing;
  const pixels = new Uint8Array(height * width * 3);
  return [{ picture: { height, width, pixels }, labelName: null }];
}

/** @returns what became of the channel */
async function returnFrom(destination: Destination, version: number): Promise<string> {
  try {
    const { to } = await rollback(destination.store, { ...destination, from: version });
    return `Version ${version} is rolled back to version ${to}`;
  } catch (error) {
    if (!(error instanceof RegistryError && error.code === 'CHANNEL_CONTENDED')) throw error;
    return `Version ${version} is not what the channel serves any more`;
  }
}
