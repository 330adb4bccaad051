/** An object as it was read. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  /** Changes with the content; only good for comparison. */
  readonly etag: string;
  /** Digest that the store recorded when the object was written, null where it recorded none. */
  readonly sha256: string | null;
  readonly modified: Date;
}

/** What is known of an object without reading it. */
export interface ObjectRecord {
  readonly size: number;
  readonly etag: string;
  /** See `StoredObject`. */
  readonly sha256: string | null;
  readonly modified: Date;
}

/** An upload in parts that was begun and not yet completed; its parts take room until it is. */
export interface PendingUpload {
  readonly key: string;
  readonly id: string;
  readonly begun: Date;
}

/** Write only if the object does not exist, or only if it is still the one with this etag. */
export type PutCondition = { readonly ifNoneMatch: '*' } | { readonly ifMatch: string };

/**
 * A bucket: strongly consistent, each write whole or not at all. Every method throws RegistryError:
 * STORE_FAILED when the store did not say or do what was asked, and may when it is asked again;
 * STORE_REFUSED or STORE_UNAVAILABLE when it will not; CONDITIONS_IGNORED when a conditional write is
 * asked of a store that would write whatever the condition.
 */
export interface ObjectStore {
  /** Where it is, for people. */
  readonly description: string;
  get(key: string): Promise<StoredObject | null>;
  head(key: string): Promise<ObjectRecord | null>;
  /** @returns the new etag, or null when the condition does not hold and nothing was written */
  put(key: string, bytes: Uint8Array, condition?: PutCondition): Promise<{ etag: string } | null>;
  /** The keys of all objects under a prefix, in order. */
  list(prefix: string): Promise<readonly string[]>;
  /** Deleting what does not exist is no error. */
  delete(key: string): Promise<void>;
  /** The uploads in parts that are pending, null where the store cannot tell. */
  uploads(): Promise<readonly PendingUpload[] | null>;
  /** Discards what was uploaded so far; an upload that is gone is no error. */
  abortUpload(upload: PendingUpload): Promise<void>;
  /** Gives back what the store holds, such as processes. */
  close(): Promise<void>;
}
