import { partRecords } from '../artifact/artifact.ts';
import { verifyCard } from '../contract/card.ts';
import { CodedError } from '../contract/coded-error.ts';
import { type Manifest, verifyManifest } from '../contract/manifest.ts';
import { channelOfKey, objectKey } from '../contract/object-key.ts';
import type { Pointer, VersionReference } from '../contract/pointer.ts';
import type { TrustedKey } from '../contract/signature.ts';
import { readChannel } from './channel.ts';
import { publishedModels } from './models.ts';
import type { ObjectStore } from './object-store.ts';
import { publishedVersions, readCard, readPart, readVersionManifest } from './version.ts';

/** Something in a registry that is not as it should be. */
export interface Fault {
  readonly model: string;
  /** What is wrong, such as `version 3` or `channel live`. */
  readonly subject: string;
  readonly code: string;
  readonly message: string;
}

export interface Verification {
  readonly versions: number;
  readonly channels: number;
  readonly parts: number;
  readonly faults: readonly Fault[];
}

export interface VerifyRequest {
  /** Of this model only. */
  readonly model?: string;
  /** Of this version only, and no channel. */
  readonly version?: number;
  /** Whose signatures are asked for; with none, signatures are not looked at. */
  readonly trusted: readonly TrustedKey[];
  /** Told after each version how many of all were looked at. */
  readonly observe?: (done: number, total: number) => void;
}

/**
 * Checks everything that can be checked of a registry: that manifests, cards and pointers are spelled as
 * they are published, lie where they say and are signed; that every part is there with its digest; that
 * parents, histories and trials name versions that exist. Each part is read once.
 * @throws RegistryError NAME_INVALID, STORE_FAILED
 */
export async function verifyRegistry(
  store: ObjectStore,
  request: VerifyRequest,
): Promise<Verification> {
  const models = request.model === undefined ? await publishedModels(store) : [request.model];
  const numbers = new Map<string, readonly number[]>();
  for (const model of models) numbers.set(model, await publishedVersions(store, model));
  const total = [...numbers.values()].reduce((sum, { length }) => sum + length, 0);
  const verifier = new Verifier(store, request, request.version === undefined ? total : 1);
  for (const [model, versions] of numbers) {
    await verifier.verifyModel(model, versions, request.version);
  }
  return verifier;
}

class Verifier implements Verification {
  versions = 0;
  channels = 0;
  parts = 0;
  readonly faults: Fault[] = [];
  readonly #store: ObjectStore;
  readonly #request: VerifyRequest;
  readonly #total: number;
  /** What is wrong with a part, null where nothing is. */
  readonly #parts = new Map<string, CodedError<string> | null>();

  constructor(store: ObjectStore, request: VerifyRequest, total: number) {
    this.#store = store;
    this.#request = request;
    this.#total = total;
  }

  async verifyModel(model: string, numbers: readonly number[], only?: number): Promise<void> {
    const digests = new Map<number, string | null>(numbers.map((number) => [number, null]));
    for (const version of only === undefined ? numbers : [only]) {
      digests.set(version, await this.#verifyVersion(model, version, numbers));
      this.#request.observe?.(this.versions, this.#total);
    }
    if (only !== undefined) return;
    for (const key of await this.#store.list(objectKey.pointerPrefix(model))) {
      const channel = channelOfKey(model, key);
      if (channel !== null) await this.#verifyChannel(model, channel, digests);
    }
  }

  /** @returns the manifest's digest, null where it cannot be read */
  async #verifyVersion(
    model: string,
    version: number,
    numbers: readonly number[],
  ): Promise<string | null> {
    this.versions++;
    const subject = `version ${version}`;
    const check = <T>(run: () => Promise<T>) => this.#check(model, subject, run);
    const found = await check(() => readVersionManifest(this.#store, model, version));
    if (!found) return null;
    const { manifest, manifestSha256 } = found;
    await check(() => verifyManifest(manifest, this.#request.trusted));
    await check(async () => {
      const stored = await readCard(this.#store, found);
      if (stored) await verifyCard(stored.card, this.#request.trusted);
    });
    if (manifest.parent !== null && !numbers.includes(manifest.parent)) {
      const message = `Its parent, version ${manifest.parent}, is missing; publish that again.`;
      this.faults.push({ model, subject, code: 'PARENT_MISSING', message });
    }
    for (const fault of await this.#verifyParts(manifest)) {
      this.faults.push({ model, subject, code: fault.code, message: fault.message });
    }
    return manifestSha256;
  }

  async #verifyParts(manifest: Manifest): Promise<CodedError<string>[]> {
    const faults: CodedError<string>[] = [];
    for (const part of partRecords(manifest)) {
      const id = `${part.sha256} ${part.bytes}`;
      if (!this.#parts.has(id)) {
        const fault = await readPart(this.#store, part).then(() => null, faultOf);
        this.#parts.set(id, fault);
        this.parts++;
      }
      const fault = this.#parts.get(id);
      if (fault) faults.push(fault);
    }
    return faults;
  }

  async #verifyChannel(
    model: string,
    channel: string,
    digests: ReadonlyMap<number, string | null>,
  ): Promise<void> {
    this.channels++;
    const subject = `channel ${channel}`;
    const { pointer, problem } = await readChannel(
      this.#store,
      model,
      channel,
      this.#request.trusted,
    );
    if (problem) {
      this.faults.push({ model, subject, code: problem.code, message: problem.message });
    }
    if (pointer === null) return;
    for (const message of pointerFaults(pointer, model, channel, digests)) {
      this.faults.push({ model, subject, code: 'POINTER_INVALID', message });
    }
  }

  async #check<T>(model: string, subject: string, run: () => Promise<T>): Promise<T | null> {
    try {
      return await run();
    } catch (error) {
      const { code, message } = faultOf(error);
      this.faults.push({ model, subject, code, message });
      return null;
    }
  }
}

function pointerFaults(
  pointer: Pointer,
  model: string,
  channel: string,
  digests: ReadonlyMap<number, string | null>,
): string[] {
  const faults: string[] = [];
  if (pointer.model !== model || pointer.channel !== channel) {
    faults.push(`It is the pointer of channel "${pointer.channel}" of ${pointer.model}.`);
  }
  const check = (what: string, { version, manifestSha256 }: VersionReference) => {
    const digest = digests.get(version);
    if (digest === undefined) faults.push(`It ${what} version ${version}, which is missing.`);
    else if (digest !== null && digest !== manifestSha256) {
      faults.push(`It ${what} version ${version} by another digest than that version has.`);
    }
  };
  check('serves', pointer);
  if (pointer.rollout) check('tries', pointer.rollout);
  const missing = pointer.history.filter((version) => !digests.has(version));
  if (missing.length > 0)
    faults.push(`Its history names ${missing.join(', ')}, which are missing.`);
  return faults;
}

/** What makes the rest of a verification pointless passes: a store that fails is no fault of what it holds. */
function faultOf(error: unknown): CodedError<string> {
  if (error instanceof CodedError && !/^(STORE_|NAME_)/.test(error.code)) return error;
  throw error;
}
