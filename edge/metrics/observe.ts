import type { MiddlewareHandler } from 'hono';
import type { EdgeContext, EdgeTypes } from '../route/edge-context.ts';
import type { Observation } from './metrics.ts';

/**
 * Counts every answer, writes it to Analytics Engine where that is bound, and logs it as one line of
 * JSON: never what was sent, nor by whom.
 */
export const observe: MiddlewareHandler<EdgeTypes> = async (context, next) => {
  const start = Date.now();
  await next();
  const observation: Observation = {
    method: context.req.method,
    route: context.var.route ?? 'none',
    status: context.res.status,
    version: context.var.version ?? null,
    seconds: (Date.now() - start) / 1000,
  };
  context.var.isolate.metrics.observe(observation);
  writeAnalytics(context, observation);
  const { requestId } = context.var;
  console.log(JSON.stringify({ event: 'request', requestId, ...observation }));
};

/** Blobs: method, route, status, version. Doubles: seconds. */
function writeAnalytics(context: EdgeContext, observation: Observation): void {
  const { method, route, status, version, seconds } = observation;
  context.env.ANALYTICS?.writeDataPoint({
    indexes: [context.var.isolate.settings.model],
    blobs: [method, route, String(status), String(version ?? '')],
    doubles: [seconds],
  });
}
