import { openLocalR2Store } from './local-r2-store.ts';
import type { ObjectStore } from './object-store.ts';
import { isS3Location } from './s3/location.ts';

/**
 * Opens a registry by its location: a bucket behind the S3 API where it begins with `s3://`, else a
 * folder with wrangler's R2 emulation.
 * @throws RegistryError STORE_UNAVAILABLE, LOCATION_INVALID, CREDENTIALS_MISSING
 */
export async function openStore(location: string): Promise<ObjectStore> {
  if (!isS3Location(location)) return openLocalR2Store({ folder: location });
  const { openS3Store } = await import('./s3/s3-store.ts');
  return openS3Store(location);
}
