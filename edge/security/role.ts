import type { Environment } from '../environment.ts';

/** Who may do what strangers may not: move the channel, or read and settle reports of mistakes. */
export type Role = 'publish' | 'feedback';

/** The secret that holds each role's bearer token. */
export const ROLE_SECRETS = {
  publish: 'ADMIN_TOKEN',
  feedback: 'FEEDBACK_TOKEN',
} as const satisfies Record<Role, keyof Environment>;
