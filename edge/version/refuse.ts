import { ContractError } from '../../exporter/contract/contract-error.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import { VersionError, type VersionErrorCode } from './version-error.ts';

/** What says nothing about the version itself. */
const ELSEWHERE = new Set<VersionErrorCode>([
  'VERSION_UNKNOWN',
  'STORAGE_FAILED',
  'LOAD_EXPIRED',
  'NOT_READY',
]);

/** Whether a load failed for the version's own sake, and not for the bucket's or for time. */
export function isVersionAtFault(error: unknown): error is Error {
  return (
    error instanceof ContractError ||
    error instanceof RuntimeError ||
    (error instanceof VersionError && !ELSEWHERE.has(error.code))
  );
}

/**
 * Tells an operator that the version did not pass, with the reason, and passes on what is not about it.
 * @throws VersionError VERSION_REFUSED, or `error` itself
 */
export function refuse(error: unknown): never {
  if (!isVersionAtFault(error)) throw error;
  throw new VersionError('VERSION_REFUSED', error.message, { cause: error });
}

/** The same of a pointer. @throws VersionError POINTER_REFUSED, or `error` itself */
export function refusePointer(error: unknown): never {
  if (!isVersionAtFault(error)) throw error;
  throw new VersionError('POINTER_REFUSED', error.message, { cause: error });
}
