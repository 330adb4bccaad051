import type { Command } from 'commander';
import { collect } from './option.ts';

export interface KeyOption {
  readonly key?: string;
}

export interface TrustOption {
  readonly trust: string[];
}

export function withKeyOption(command: Command): Command {
  return command.option(
    '--key <key>',
    'sign with this key, by name or file; by default PATCHWORK_KEY, if that is set',
  );
}

export function withTrustOption(command: Command): Command {
  return command.option(
    '--trust <public key>',
    'a key whose signatures count, beside those in PATCHWORK_TRUSTED_KEYS; may be repeated',
    collect,
    [],
  );
}
