import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { EdgeClient } from '../../../trainer/ship/edge-client.ts';

/** What an edge answers to one request. */
export type Reply = (response: ServerResponse) => void;

/** The answer of a version. */
export function answering(version: number, label: string): Reply {
  return json({ version, predictions: [{ label, probability: 0.9 }] });
}

export function json(value: unknown): Reply {
  return (response) => response.end(JSON.stringify(value));
}

/** An answer whose connection breaks before it is whole. */
export const BROKEN: Reply = (response) => {
  response.writeHead(200, { 'content-length': '100' });
  response.write('{"version":');
  setTimeout(() => response.destroy(), 5);
};

/** What a server in between says that is no edge. */
export const FOREIGN: Reply = (response) => response.end('<html>Welcome</html>');

/** A server until the test ends. @param reply to the n-th request, from 1 */
export async function fakeEdge(
  reply: (asked: number) => Reply,
): Promise<{ readonly edge: EdgeClient; readonly asked: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => reply(++asked)(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { edge: new EdgeClient(`http://127.0.0.1:${port}`), asked: () => asked };
}
