import { ContractError } from '../../exporter/contract/contract-error.ts';
import { ExportError } from '../../exporter/format/export-error.ts';
import { RegistryError } from '../../exporter/registry/registry-error.ts';
import { KeyError } from '../../exporter/signing/key-error.ts';
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import { ControlError } from '../control/control-error.ts';
import { DataError } from '../data/data-error.ts';
import { EngineError } from '../engine/engine-error.ts';
import { FixError } from '../fix/fix-error.ts';
import { ShipError } from '../ship/ship-error.ts';

/** Areas whose errors say nothing of the picture that is being fixed. */
const AREAS = [
  RegistryError,
  ContractError,
  KeyError,
  CheckpointError,
  ControlError,
  DataError,
  EngineError,
];
const OF_LOG: ReadonlySet<string> = new Set([
  'BASE_CHANGED',
  'LOG_LOCKED',
  'LOG_DAMAGED',
  'LOG_UNWRITABLE',
  'THRESHOLDS_INVALID',
] satisfies FixError['code'][]);
const OF_EDGE: ReadonlySet<string> = new Set([
  'EDGE_REFUSED',
  'NOTHING_SERVED',
  'TOKEN_MISSING',
] satisfies ShipError['code'][]);
const OF_EXPORT: ReadonlySet<string> = new Set([
  'RUNTIME_MISSING',
  'HEAP_UNMEASURED',
] satisfies ExportError['code'][]);

/**
 * Whether a fix failed for a reason that every other fix would fail for just now: the wrong network, data that
 * are missing, a registry or an edge that is away. All else counts against the report, so that one that
 * always fails cannot stop the queue.
 */
export function isEnvironmentFailure(error: unknown): boolean {
  if (error instanceof FixError) return OF_LOG.has(error.code);
  if (error instanceof ShipError) return OF_EDGE.has(error.code);
  if (error instanceof ExportError) return OF_EXPORT.has(error.code);
  return AREAS.some((area) => error instanceof area);
}
