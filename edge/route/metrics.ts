import { z } from 'zod';
import { operation } from './operation.ts';

export const metrics = operation({
  method: 'GET',
  path: '/metrics',
  group: 'Health',
  summary: 'Gives what this isolate has counted, for Prometheus',
  role: null,
  parameters: z.object({}),
  query: z.object({}),
  body: null,
  replies: {
    200: { description: "Prometheus' text format", content: { 'text/plain': 'text' } },
  },
  problems: [],
  handle: (context) => {
    const { metrics, versions } = context.var.isolate;
    return metrics.response({
      version: versions.current?.stored.manifest.version ?? null,
      heapBytes: versions.heapBytes,
      report: versions.report,
      counts: versions.counts,
      trial: versions.trial,
    });
  },
});
