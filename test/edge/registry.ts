import { env } from 'cloudflare:workers';
import { inject } from 'vitest';
import { sha256 } from '../../exporter/contract/digest.ts';
import {
  type Manifest,
  parseManifest,
  serialiseManifest,
} from '../../exporter/contract/manifest.ts';
import { objectKey } from '../../exporter/contract/object-key.ts';
import { advancePointer, parsePointer, serialisePointer } from '../../exporter/contract/pointer.ts';

export const MODEL = 'resnet18';
export const POINTER_KEY = objectKey.pointer(MODEL, 'live');

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** One of the versions that the set-up made; the first is 1. */
export function fixtureVersion(version: number) {
  const fixture = inject('fixture').versions[version - 1]!;
  const manifest = parseManifest(bytesOf(fixture.manifest));
  return { ...fixture, manifest, graph: bytesOf(fixture.graph) };
}

/** Puts versions into the bucket without pointing to any. */
export async function store(...versions: number[]): Promise<void> {
  for (const version of versions) {
    const { manifest, graph } = fixtureVersion(version);
    await env.MODELS.put(objectKey.part(manifest.forms[0]!.graph.sha256), graph);
    await env.MODELS.put(objectKey.manifest(MODEL, version), serialiseManifest(manifest));
  }
}

/** Points the channel to a stored version, as publishing it does. */
export async function point(version: number, digest?: string): Promise<void> {
  const object = await env.MODELS.get(POINTER_KEY);
  const current = object && parsePointer(new Uint8Array(await object.arrayBuffer()));
  const next = advancePointer(
    current,
    { model: MODEL, channel: 'live' },
    { version, manifestSha256: digest ?? (await storedDigest(version)) },
  );
  await env.MODELS.put(POINTER_KEY, serialisePointer(next));
}

/** The same over a pointer that may be damaged. */
export async function repoint(version: number): Promise<void> {
  const name = { model: MODEL, channel: 'live' };
  const manifestSha256 = await storedDigest(version);
  const pointer = { ...advancePointer(null, name, { version, manifestSha256 }), sequence: 100 };
  await env.MODELS.put(POINTER_KEY, serialisePointer(pointer));
}

export async function publish(version: number): Promise<void> {
  await store(version);
  await point(version);
}

/** Stores a version whose manifest was changed, and points to it. */
export async function publishChanged(
  version: number,
  change: (manifest: Manifest) => Manifest,
): Promise<void> {
  await store(version);
  const manifest = change(fixtureVersion(version).manifest);
  await env.MODELS.put(objectKey.manifest(MODEL, version), serialiseManifest(manifest));
  await point(version);
}

export function partKey(version: number): string {
  return objectKey.part(fixtureVersion(version).manifest.forms[0]!.graph.sha256);
}

async function storedDigest(version: number): Promise<string> {
  const object = await env.MODELS.get(objectKey.manifest(MODEL, version));
  return sha256(new Uint8Array(await object!.arrayBuffer()));
}
