import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import type { EdgeTypes } from '../route/edge-context.ts';
import { HEADER_LENGTH } from '../route/inference-protocol/request-body.ts';
import { REFERENCE } from '../route/openapi/reference.ts';

const NOWHERE = ["'none'"];

const ofData = secureHeaders({
  strictTransportSecurity: 'max-age=15552000',
  contentSecurityPolicy: { defaultSrc: NOWHERE, frameAncestors: NOWHERE },
});

const ofPage = secureHeaders({
  strictTransportSecurity: 'max-age=15552000',
  contentSecurityPolicy: {
    defaultSrc: NOWHERE,
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    baseUri: NOWHERE,
    frameAncestors: NOWHERE,
  },
});

/**
 * Answers are data: nothing of them may run, load or be framed. The page of the routes may have the
 * style sheet of its own origin.
 */
export const secure: MiddlewareHandler<EdgeTypes> = (context, next) =>
  (context.req.path === REFERENCE ? ofPage : ofData)(context, next);

/** Lets pages of the configured origins read the answers; without any, no header says so. */
export const crossOrigin: MiddlewareHandler<EdgeTypes> = (context, next) => {
  const { corsOrigins } = context.var.isolate.settings;
  if (corsOrigins.length === 0) return next();
  return cors({
    origin: corsOrigins.includes('*') ? '*' : corsOrigins,
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT'],
    allowHeaders: [
      'authorization',
      'content-type',
      'if-match',
      'x-client-key',
      'x-request-id',
      HEADER_LENGTH,
    ],
    exposeHeaders: ['etag', 'location', 'retry-after', 'x-request-id', HEADER_LENGTH],
    maxAge: 86_400,
  })(context, next);
};
