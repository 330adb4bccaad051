import { renumber } from '../../exporter/artifact/sign-artifact.ts';
import { promote } from '../../exporter/registry/promote.ts';
import { type Published, publish } from '../../exporter/registry/publish.ts';
import { RegistryError } from '../../exporter/registry/registry-error.ts';
import type { Served } from '../../exporter/registry/serve.ts';
import { nextVersion } from '../../exporter/registry/version.ts';
import type { ExportedVersion } from '../export/export-version.ts';
import type { Destination } from './served-state.ts';

/**
 * Publishes an exported version under the next free number, and under the one after where somebody else
 * takes that number meanwhile.
 * @param announce told the number before anything is written under it
 * @throws RegistryError, ContractError
 */
export async function publishAnnounced(
  { store, model, channel, signer, observe }: Destination,
  { artifact }: ExportedVersion,
  announce: (version: number) => Promise<void>,
): Promise<Published> {
  for (;;) {
    const version = await nextVersion(store, model);
    await announce(version);
    try {
      const numbered = await renumber(artifact, version, signer.key);
      return await publish(store, numbered, { channel, signer, ...(observe && { observe }) });
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
}

/** Serves a version that is stored. @throws RegistryError, ContractError */
export function serveStored(
  { store, model, channel, signer }: Destination,
  version: number,
): Promise<Served> {
  return promote(store, { model, channel, version, signer });
}

function isTaken(error: unknown): boolean {
  return (
    error instanceof RegistryError &&
    (error.code === 'VERSION_TAKEN' || error.code === 'VERSION_BEHIND')
  );
}
