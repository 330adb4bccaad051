import { CodedError } from '../contract/coded-error.ts';

/** Why a registry refuses or fails; the registry is consistent after each of them. */
export type RegistryErrorCode =
  | 'NAME_INVALID'
  | 'STORE_UNAVAILABLE'
  | 'STORE_FAILED'
  | 'STORE_REFUSED'
  | 'LOCATION_INVALID'
  | 'CREDENTIALS_MISSING'
  | 'CONDITIONS_IGNORED'
  | 'KEY_REQUIRED'
  | 'ARTIFACT_UNSIGNED'
  | 'VERSION_TAKEN'
  | 'VERSION_BEHIND'
  | 'VERSION_MISSING'
  | 'PARENT_MISSING'
  | 'OBJECT_DAMAGED'
  | 'CARD_MISSING'
  | 'REGISTRY_FAULTY'
  | 'CHANNEL_EMPTY'
  | 'CHANNEL_AHEAD'
  | 'CHANNEL_CONTENDED'
  | 'VERSION_SERVED'
  | 'ROLLOUT_MISSING'
  | 'ROLLOUT_RUNNING'
  | 'ROLLOUT_HALTED';

export class RegistryError extends CodedError<RegistryErrorCode> {}
