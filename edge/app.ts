import { Hono } from 'hono';
import { requestId } from 'hono/request-id';
import { type Environment, readSettings } from './environment.ts';
import { FeedbackStore } from './feedback/feedback-store.ts';
import { RecentAnswers } from './feedback/recent-answers.ts';
import { Metrics } from './metrics/metrics.ts';
import { observe } from './metrics/observe.ts';
import type { EdgeTypes, Isolate } from './route/edge-context.ts';
import { EdgeError } from './route/edge-error.ts';
import { openApiDocument } from './route/openapi/document.ts';
import { REFERENCE, referencePage } from './route/openapi/reference.ts';
import type { Operation } from './route/operation.ts';
import { OPERATIONS } from './route/operations.ts';
import { DecodingSlot } from './route/picture/decoding-slot.ts';
import { problemResponse } from './route/problem.ts';
import { REQUEST_ID_LENGTH } from './route/request-id.ts';
import { authorise } from './security/authorise.ts';
import { crossOrigin, secure } from './security/headers.ts';
import { limitRate } from './security/rate-limit.ts';
import { TokenGuard } from './security/token-guard.ts';
import { ChannelStore } from './version/channel-store.ts';
import { Turnstile } from './version/turnstile.ts';
import { VersionSwitch } from './version/version-switch.ts';

/**
 * The edge's HTTP interface. An app keeps the loaded version between its requests, so that a second
 * app is to the bucket as a second isolate.
 */
export function createApp(): Hono<EdgeTypes> {
  const app = new Hono<EdgeTypes>();
  let isolate: Isolate | null = null;

  app.use(requestId({ limitLength: REQUEST_ID_LENGTH }));
  app.use(secure);
  app.use(async (context, next) => {
    await next();
    // At last, since Hono drops what was prepared where a handler makes its response by itself.
    context.res.headers.set('x-request-id', context.var.requestId);
    context.res.headers.set('cache-control', 'no-store');
  });
  app.use(async (context, next) => {
    isolate ??= createIsolate(context.env);
    context.set('isolate', isolate);
    await next();
  });
  app.use(observe);
  app.use(crossOrigin);
  app.use(async (context, next) => {
    await limitRate(context, context.env.REQUEST_LIMIT);
    await next();
  });

  app.get('/openapi.json', (context) => context.json(openApiDocument(OPERATIONS)));
  app.get(REFERENCE, (context) => context.html(referencePage(openApiDocument(OPERATIONS))));
  for (const operation of OPERATIONS) register(app, operation);
  for (const path of new Set(OPERATIONS.map((operation) => operation.path)))
    refuseOthers(app, path);
  app.notFound((context) =>
    problemResponse(
      context,
      new EdgeError('NOT_FOUND', 'There is nothing at this path; /openapi.json lists the routes.'),
    ),
  );
  app.onError((error, context) => problemResponse(context, error));
  return app;
}

function register(app: Hono<EdgeTypes>, { method, path, role, handle }: Operation): void {
  app.on(method, path, async (context) => {
    context.set('route', path);
    if (role !== null) await authorise(context, role);
    return handle(context);
  });
}

/** Says which methods a path takes, to those who may know that it is there. */
function refuseOthers(app: Hono<EdgeTypes>, path: string): void {
  const operations = OPERATIONS.filter((operation) => operation.path === path);
  const methods = operations.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : method));
  const [role = null] = operations.map((operation) => operation.role);
  const allow = methods.join(', ');
  app.all(path, async (context) => {
    context.set('route', path);
    if (role !== null && operations.every((operation) => operation.role === role)) {
      await authorise(context, role);
    }
    throw new EdgeError('METHOD_NOT_ALLOWED', `${path} takes ${allow}.`, { headers: { allow } });
  });
}

function createIsolate(environment: Environment): Isolate {
  const settings = readSettings(environment);
  const store = new ChannelStore(
    environment.MODELS,
    settings.model,
    settings.channel,
    settings.trustedKeys,
  );
  const turnstile = new Turnstile();
  return {
    settings,
    store,
    versions: new VersionSwitch(store, turnstile, settings),
    turnstile,
    decoding: new DecodingSlot(),
    recent: new RecentAnswers(settings.feedback.on),
    feedback: new FeedbackStore(environment.MODELS, settings.model, settings.feedback),
    tokens: new TokenGuard(),
    metrics: new Metrics(),
  };
}
