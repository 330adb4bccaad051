import type { ObjectStore } from '../../../exporter/registry/object-store.ts';

export const STOP = new Error('stopped');

/** A store that refuses its n-th operation and all after it, as if the process had ended. */
export function stoppingStore(store: ObjectStore, step: number): ObjectStore {
  let operations = 0;
  return intercepted(store, async (operation) => {
    if (++operations >= step) throw STOP;
    return operation();
  });
}

/** A store whose operations go through `run`. */
export function intercepted(
  store: ObjectStore,
  run: <T>(operation: () => Promise<T>) => Promise<T>,
): ObjectStore {
  return {
    description: store.description,
    get: (key) => run(() => store.get(key)),
    head: (key) => run(() => store.head(key)),
    put: (...write) => run(() => store.put(...write)),
    list: (prefix) => run(() => store.list(prefix)),
    delete: (key) => run(() => store.delete(key)),
    uploads: () => run(() => store.uploads()),
    abortUpload: (upload) => run(() => store.abortUpload(upload)),
    close: () => store.close(),
  };
}
