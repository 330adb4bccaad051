import { type OpenSession, openSession } from './session-graph.ts';

/** What opens graphs in onnxruntime-node. */
export async function openNatively(): Promise<OpenSession> {
  const runtime = (await import('onnxruntime-node')).default;
  return (bytes, options) => openSession(runtime, bytes, options);
}
