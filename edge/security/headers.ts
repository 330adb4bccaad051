import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import type { EdgeTypes } from '../route/edge-context.ts';

/** Answers are data: nothing of them may run, load or be framed. */
export const secure: MiddlewareHandler<EdgeTypes> = secureHeaders({
  strictTransportSecurity: 'max-age=15552000',
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
});

/** The specification's page has a style sheet of its own origin, and no script. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Lets pages of the configured origins read the answers; without any, no header says so. */
export const crossOrigin: MiddlewareHandler<EdgeTypes> = (context, next) => {
  const { corsOrigins } = context.var.isolate.settings;
  if (corsOrigins.length === 0) return next();
  return cors({
    origin: corsOrigins.includes('*') ? '*' : corsOrigins,
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT'],
    allowHeaders: ['authorization', 'content-type', 'if-match', 'x-request-id'],
    exposeHeaders: ['etag', 'location', 'retry-after', 'x-request-id'],
    maxAge: 86_400,
  })(context, next);
};
