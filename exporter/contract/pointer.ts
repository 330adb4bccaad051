import { z } from 'zod';
import { ContractError } from './contract-error.ts';
import { type DocumentKind, parseDocument, serialiseDocument } from './document.ts';
import { Slug } from './manifest.ts';
import { SignatureSchema, type TrustedKey, verifySignature } from './signature.ts';

const Version = z.int().min(1);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');
const Share = z.number().min(0).max(1);

/** A version that some requests try before all get it, and what stops the trial. */
export const RolloutSchema = z.strictObject({
  /** `canary` answers by the candidate; `shadow` runs it beside the answer and only compares. */
  mode: z.enum(['canary', 'shadow']),
  version: Version,
  manifestSha256: Sha256,
  /** Share of the client keys that get the candidate, or of the requests that are shadowed. */
  share: Share,
  /** The trial is halted once the share of failed requests, or of answers that differ, passes these. */
  maxErrorRate: Share,
  maxDisagreement: Share,
  /** Requests to the candidate before either is judged. */
  minRequests: z.int().min(1),
});

/**
 * The one mutable object of a channel: which version it serves. Changed by compare-and-swap on its
 * etag. `history` lists the versions served before, oldest first, so that a rollback knows its target;
 * `sequence` counts the changes, so that an old pointer cannot pass for the present one.
 */
export const PointerSchema = z.strictObject({
  schema: z.literal('patchwork/pointer@2'),
  model: Slug,
  channel: Slug,
  sequence: z.int().min(1),
  version: Version,
  manifestSha256: Sha256,
  history: z.array(Version),
  rollout: RolloutSchema.nullable(),
  signature: SignatureSchema.nullable(),
});

export type Pointer = z.infer<typeof PointerSchema>;
export type Rollout = z.infer<typeof RolloutSchema>;

const POINTER: DocumentKind<Pointer> = {
  schema: PointerSchema,
  code: 'POINTER_INVALID',
  name: 'channel pointer',
};

/** Where a pointer lies. */
export interface ChannelName {
  readonly model: string;
  readonly channel: string;
}

/** A stored version by its number and the digest of its manifest. */
export interface VersionReference {
  readonly version: number;
  readonly manifestSha256: string;
}

/**
 * Reads a pointer from its stored bytes.
 * @throws ContractError POINTER_INVALID naming the field
 */
export function parsePointer(bytes: Uint8Array): Pointer {
  return parseDocument(POINTER, bytes);
}

export function serialisePointer(pointer: Pointer): Uint8Array {
  return serialiseDocument(POINTER, pointer);
}

/** The bytes that are signed: those of the pointer without its signature. */
export function unsignedPointer(pointer: Pointer): Uint8Array {
  return serialisePointer({ ...pointer, signature: null });
}

/** @throws ContractError SIGNATURE_MISSING, KEY_UNTRUSTED or SIGNATURE_INVALID */
export function verifyPointer(pointer: Pointer, trusted: readonly TrustedKey[]): Promise<void> {
  const what = `pointer of channel ${pointer.channel} of ${pointer.model}`;
  return verifySignature(pointer.signature, unsignedPointer(pointer), trusted, what);
}

/** How many earlier versions a pointer remembers; the oldest are forgotten first. */
export const HISTORY_LIMIT = 100;

/**
 * The unsigned pointer after a version is put into service: by publishing it or by moving the channel
 * to it. It ends a rollout. Putting into service what already is, with no rollout, changes nothing, so
 * that a retry is harmless.
 * @param current null where the channel has never served
 */
export function advancePointer(
  current: Pointer | null,
  name: ChannelName,
  { version, manifestSha256 }: VersionReference,
): Pointer {
  const serves = current?.version === version && current.manifestSha256 === manifestSha256;
  if (serves && current.rollout === null) return current;
  const history = current?.history ?? [];
  return PointerSchema.parse({
    schema: 'patchwork/pointer@2',
    model: name.model,
    channel: name.channel,
    sequence: (current?.sequence ?? 0) + 1,
    version,
    manifestSha256,
    history: current && !serves ? [...history, current.version].slice(-HISTORY_LIMIT) : history,
    rollout: null,
    signature: null,
  });
}

/** The unsigned pointer with a trial of another version, or, where `rollout` is null, without one. */
export function withRollout(current: Pointer, rollout: Rollout | null): Pointer {
  return PointerSchema.parse({
    ...current,
    sequence: current.sequence + 1,
    rollout,
    signature: null,
  });
}

/**
 * The version that a rollback returns to: the one served last before the present one.
 * @throws ContractError NOTHING_TO_ROLL_BACK where none was
 */
export function rollbackTarget(current: Pointer): number {
  const { version, history, rollout } = current;
  const target = history.at(-1);
  if (target !== undefined) return target;
  const instead = rollout ? `stop the trial of version ${rollout.version}, or publish` : 'publish';
  throw new ContractError(
    'NOTHING_TO_ROLL_BACK',
    `Version ${version} is the first that this channel served; ${instead} another version instead.`,
  );
}

/**
 * The unsigned pointer after a rollback, which also ends a rollout. A second rollback goes one version
 * further back.
 * @param manifestSha256 digest of the stored manifest of `rollbackTarget(current)`
 * @throws ContractError NOTHING_TO_ROLL_BACK where no version was served before
 */
export function rollbackPointer(current: Pointer, manifestSha256: string): Pointer {
  return PointerSchema.parse({
    ...current,
    sequence: current.sequence + 1,
    version: rollbackTarget(current),
    manifestSha256,
    history: current.history.slice(0, -1),
    rollout: null,
    signature: null,
  });
}
