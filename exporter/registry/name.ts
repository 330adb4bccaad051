import { Slug } from '../contract/manifest.ts';
import { RegistryError } from './registry-error.ts';

/** @throws RegistryError NAME_INVALID */
export function checkName(kind: 'model' | 'channel', name: string): void {
  if (Slug.safeParse(name).success) return;
  throw new RegistryError(
    'NAME_INVALID',
    `"${name}" cannot name a ${kind}: use a-z, 0-9 and -, beginning with a letter or digit, at most 63 characters.`,
  );
}
