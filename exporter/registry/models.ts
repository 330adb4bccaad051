import { modelOfKey, objectKey } from '../contract/object-key.ts';
import type { ObjectStore } from './object-store.ts';

/** The names of all models in a store, in order. */
export async function publishedModels(store: ObjectStore): Promise<string[]> {
  const keys = await store.list(objectKey.modelPrefix);
  const names = keys.map(modelOfKey).filter((name) => name !== null);
  return [...new Set(names)].sort();
}
