import type { Context } from 'hono';
import type { Environment, Settings } from '../environment.ts';
import type { FeedbackStore } from '../feedback/feedback-store.ts';
import type { RecentAnswers } from '../feedback/recent-answers.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { TokenGuard } from '../security/token-guard.ts';
import type { ChannelStore } from '../version/channel-store.ts';
import type { Turnstile } from '../version/turnstile.ts';
import type { VersionSwitch } from '../version/version-switch.ts';
import type { DecodingSlot } from './picture/decoding-slot.ts';

/** What one isolate keeps between requests. */
export interface Isolate {
  readonly settings: Settings;
  readonly store: ChannelStore;
  readonly versions: VersionSwitch;
  readonly turnstile: Turnstile;
  readonly decoding: DecodingSlot;
  readonly recent: RecentAnswers;
  readonly feedback: FeedbackStore;
  readonly tokens: TokenGuard;
  readonly metrics: Metrics;
}

export interface EdgeTypes {
  Bindings: Environment;
  Variables: {
    requestId: string;
    isolate: Isolate;
    /** The path of the route, with its parameters unfilled; undefined where there is none. */
    route: string | undefined;
    /** The version that answered, where one did. */
    version: number | undefined;
  };
}

export type EdgeContext = Context<EdgeTypes>;
