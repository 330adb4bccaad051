import { Hono } from 'hono';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { type Environment, readSettings } from './environment.ts';
import { movePointer, rollBack } from './route/admin.ts';
import { authorise } from './route/authorise.ts';
import { classify } from './route/classify.ts';
import type { EdgeTypes, Isolate } from './route/edge-context.ts';
import { EdgeError } from './route/edge-error.ts';
import { live, ready } from './route/health.ts';
import { problemResponse } from './route/problem.ts';
import { listVersions } from './route/versions.ts';
import { ChannelStore } from './version/channel-store.ts';
import { Turnstile } from './version/turnstile.ts';
import { VersionSwitch } from './version/version-switch.ts';

const ROUTES = [
  { method: 'POST', path: '/classify', handle: classify },
  { method: 'GET', path: '/versions', handle: listVersions },
  { method: 'GET', path: '/health/live', handle: live },
  { method: 'GET', path: '/health/ready', handle: ready },
  { method: 'POST', path: '/admin/pointer', handle: movePointer },
  { method: 'POST', path: '/admin/rollback', handle: rollBack },
] as const;

/**
 * The edge's HTTP interface. An app keeps the loaded version between its requests, so that a second
 * app is to the bucket as a second isolate.
 */
export function createApp(): Hono<EdgeTypes> {
  const app = new Hono<EdgeTypes>();
  let isolate: Isolate | null = null;

  app.use(requestId());
  app.use(
    secureHeaders({
      strictTransportSecurity: 'max-age=15552000',
      contentSecurityPolicy: { defaultSrc: ["'none'"] },
    }),
  );
  app.use(async (context, next) => {
    context.header('cache-control', 'no-store');
    isolate ??= createIsolate(context.env);
    context.set('isolate', isolate);
    await next();
  });
  app.use('/admin/*', authorise);

  app.get('/', (context) =>
    context.json({
      name: 'patchwork',
      model: context.var.isolate.settings.model,
      routes: ROUTES.map(({ method, path }) => `${method} ${path}`),
    }),
  );
  for (const { method, path, handle } of ROUTES) app.on(method, path, handle);
  for (const { method, path } of [{ method: 'GET', path: '/' }, ...ROUTES]) {
    app.all(path, () => {
      const allow = method === 'GET' ? 'GET, HEAD' : method;
      throw new EdgeError('METHOD_NOT_ALLOWED', `${path} takes ${allow}.`, { headers: { allow } });
    });
  }
  app.notFound((context) =>
    problemResponse(
      context,
      new EdgeError('NOT_FOUND', 'There is nothing at this path; GET / lists the routes.'),
    ),
  );
  app.onError((error, context) => problemResponse(context, error));
  return app;
}

function createIsolate(environment: Environment): Isolate {
  const settings = readSettings(environment);
  const store = new ChannelStore(environment.MODELS, settings.model, settings.channel);
  return {
    settings,
    store,
    versions: new VersionSwitch(store, settings),
    turnstile: new Turnstile(),
  };
}
