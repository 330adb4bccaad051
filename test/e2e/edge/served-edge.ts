import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Artifact } from '../../../exporter/artifact/artifact.ts';
import { serialiseCard } from '../../../exporter/contract/card.ts';
import { openLocalR2Store } from '../../../exporter/registry/local-r2-store.ts';
import type { ObjectStore } from '../../../exporter/registry/object-store.ts';
import { publish } from '../../../exporter/registry/publish.ts';
import { EdgeProcess } from '../../../trainer/demo/edge-process.ts';
import { freePort } from '../../../trainer/demo/port.ts';
import { card } from '../../edge-fixture/card.ts';
import { fixtureVersion } from '../../edge-fixture/classifier.ts';
import { noise, SIDE } from '../../edge-fixture/noise.ts';
import { pngFile } from '../../edge-fixture/pictures.ts';

export const TOKENS = { ADMIN_TOKEN: 'change-me', FEEDBACK_TOKEN: 'change-me-too' };

/** A picture of noise as a PNG file. */
export const PICTURE = Buffer.from(pngFile(noise(1), SIDE));

/** `wrangler dev` with reports switched on, over a bucket of its own, which has version 1. */
export class ServedEdge {
  readonly address: string;
  readonly store: ObjectStore;
  /** Where the bucket is. */
  readonly folder: string;
  readonly #edge: EdgeProcess;

  private constructor(edge: EdgeProcess, store: ObjectStore, folder: string) {
    this.address = edge.address;
    this.store = store;
    this.#edge = edge;
    this.folder = folder;
  }

  static async start(): Promise<ServedEdge> {
    const folder = await mkdtemp(join(tmpdir(), 'patchwork-edge-'));
    const store = await openLocalR2Store({ folder });
    await publish(store, await artifact(1), { channel: 'live' });
    const variables = { ...TOKENS, FEEDBACK: 'on', POINTER_TTL_MS: '200' };
    const edge = await EdgeProcess.start(await freePort(0), folder, variables);
    return new ServedEdge(edge, store, folder);
  }

  async publish(version: number, channel = 'live'): Promise<void> {
    await publish(this.store, await artifact(version), { channel });
  }

  async stop(): Promise<void> {
    await this.#edge.stop();
    await this.store.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function artifact(version: number): Promise<Artifact> {
  const { manifest, manifestBytes, manifestSha256, graphBytes } = await fixtureVersion(version, []);
  const parts = new Map([[manifest.forms[0]!.graph.sha256, graphBytes]]);
  const stored = { ...card(version), manifestSha256 };
  return {
    manifest,
    manifestBytes,
    manifestSha256,
    parts,
    card: { card: stored, bytes: serialiseCard(stored) },
  };
}
