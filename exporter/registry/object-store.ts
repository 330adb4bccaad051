/** An object as it was read. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  /** Changes with the content; only good for comparison. */
  readonly etag: string;
  /** Digest that the store recorded when the object was written, null where it recorded none. */
  readonly sha256: string | null;
}

/** What is known of an object without reading it. */
export interface ObjectRecord {
  readonly size: number;
  readonly etag: string;
}

/** Write only if the object does not exist, or only if it is still the one with this etag. */
export type PutCondition = { readonly ifNoneMatch: '*' } | { readonly ifMatch: string };

/**
 * A bucket: strongly consistent, each write whole or not at all. Every method throws RegistryError
 * STORE_FAILED when the store cannot say or do what is asked.
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
  /** Gives back what the store holds, such as processes. */
  close(): Promise<void>;
}
