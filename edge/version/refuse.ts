import { ContractError } from '../../exporter/contract/contract-error.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import { VersionError, type VersionErrorCode } from './version-error.ts';

/** What says nothing about the version itself. */
const ELSEWHERE = new Set<VersionErrorCode>(['VERSION_UNKNOWN', 'STORAGE_FAILED', 'LOAD_EXPIRED']);

/**
 * Tells an operator that the version did not pass, with the reason, and passes on what is not about it.
 * @throws VersionError VERSION_REFUSED, or `error` itself
 */
export function refuse(error: unknown): never {
  const failed =
    error instanceof ContractError ||
    error instanceof RuntimeError ||
    (error instanceof VersionError && !ELSEWHERE.has(error.code));
  if (!failed) throw error;
  throw new VersionError('VERSION_REFUSED', error.message, { cause: error });
}
