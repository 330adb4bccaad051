import { env } from 'cloudflare:workers';
import { expect, inject } from 'vitest';
import { ClassificationSchema } from '../../edge/route/classify-schema.ts';
import { sha256 } from '../../exporter/contract/digest.ts';
import type { Form, Precision, Storage } from '../../exporter/contract/form.ts';
import {
  type Manifest,
  parseManifest,
  serialiseManifest,
} from '../../exporter/contract/manifest.ts';
import { objectKey } from '../../exporter/contract/object-key.ts';
import {
  advancePointer,
  type Pointer,
  parsePointer,
  type Rollout,
  serialisePointer,
  withRollout,
} from '../../exporter/contract/pointer.ts';
import type { TestIsolate } from './isolate.ts';
import { bytesOf, MODEL, POINTER_KEY } from './registry.ts';

/** A precision and a storage, as in `fp32 delta`. */
export type FormName = `${Precision} ${Storage}`;

export function familyMember(version: number) {
  const member = inject('fixture').family[version - 1]!;
  return { ...member, manifest: parseManifest(bytesOf(member.manifest)) };
}

export function familyForm(version: number, name: FormName): Form {
  const { forms } = familyMember(version).manifest;
  return forms.find(({ precision, storage }) => `${precision} ${storage}` === name)!;
}

/**
 * Stores a version of the family in the forms given, changed where the test wants that.
 * @returns the digest of its manifest
 */
export async function storeMember(
  version: number,
  forms: readonly FormName[],
  change: (manifest: Manifest) => Manifest | Promise<Manifest> = (manifest) => manifest,
): Promise<string> {
  const { manifest, parts } = familyMember(version);
  const chosen = forms.map((name) => familyForm(version, name));
  const stored = serialiseManifest(await change({ ...manifest, forms: chosen }));
  for (const [digest, bytes] of Object.entries(parts)) {
    await env.MODELS.put(objectKey.part(digest), bytesOf(bytes));
  }
  await env.MODELS.put(objectKey.manifest(MODEL, version), stored);
  return sha256(stored);
}

export async function currentPointer(): Promise<Pointer | null> {
  const object = await env.MODELS.get(POINTER_KEY);
  return object && parsePointer(new Uint8Array(await object.arrayBuffer()));
}

/** Points the channel to a version of the family. */
export async function pointTo(version: number, manifestSha256: string): Promise<void> {
  const name = { model: MODEL, channel: 'live' };
  const next = advancePointer(await currentPointer(), name, { version, manifestSha256 });
  await env.MODELS.put(POINTER_KEY, serialisePointer(next));
}

export async function publishMember(version: number, forms: readonly FormName[]): Promise<void> {
  await pointTo(version, await storeMember(version, forms));
}

/** Puts a version of the family on trial beside the one that serves. */
export async function tryOut(
  rollout: Pick<Rollout, 'mode' | 'version' | 'manifestSha256'> & Partial<Rollout>,
): Promise<void> {
  const bounds = { share: 1, maxErrorRate: 0, maxDisagreement: 1, minRequests: 1 };
  const next = withRollout((await currentPointer())!, { ...bounds, ...rollout });
  await env.MODELS.put(POINTER_KEY, serialisePointer(next));
}

/** The version that answers a picture, after checking that all its logits are that version's. */
export async function answeredBy(
  isolate: TestIsolate,
  precision: 'fp32' | 'int8' = 'fp32',
  { query = '', clientKey = 'anybody' }: { query?: string; clientKey?: string } = {},
): Promise<number> {
  const response = await isolate.classify(bytesOf(inject('fixture').png), `?top_k=10${query}`, {
    headers: { 'x-client-key': clientKey },
  });
  const { version, predictions } = ClassificationSchema.parse(await response.json());
  const logits = familyMember(version).references[precision][0]!;
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  for (const { index, probability } of predictions) {
    expect(Math.abs(probability - Math.exp(logits[index]!) / total)).toBeLessThan(
      precision === 'int8' ? 0.02 : 1e-4,
    );
  }
  return version;
}
