import type { Architecture } from '../network/architecture.ts';
import { ImportError } from './import-error.ts';

/**
 * The stem that a first convolution belongs to.
 * @throws ImportError NETWORK_UNKNOWN
 */
export function stemOf(path: string, channels: number, kernel: number): Architecture['stem'] {
  if (channels === 3 && kernel === 3) return 'cifar';
  if (channels === 3 && kernel === 7) return 'imagenet';
  throw new ImportError(
    'NETWORK_UNKNOWN',
    `${path}: its first convolution takes ${channels} channels by ${kernel} x ${kernel}; those known take 3 channels by 3 x 3 or 7 x 7.`,
  );
}
