import type { Context } from 'hono';
import type { Environment, Settings } from '../environment.ts';
import type { ChannelStore } from '../version/channel-store.ts';
import type { Turnstile } from '../version/turnstile.ts';
import type { VersionSwitch } from '../version/version-switch.ts';

/** What one isolate keeps between requests. */
export interface Isolate {
  readonly settings: Settings;
  readonly store: ChannelStore;
  readonly versions: VersionSwitch;
  readonly turnstile: Turnstile;
}

export interface EdgeTypes {
  Bindings: Environment;
  Variables: { requestId: string; isolate: Isolate };
}

export type EdgeContext = Context<EdgeTypes>;
