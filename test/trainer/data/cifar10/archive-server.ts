import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A file server on 127.0.0.1 that can be told to misbehave. */
export interface ArchiveServer {
  readonly url: string;
  body: Buffer;
  /** Whether it honours Range. */
  ranges: boolean;
  /** Closes the connection after so many bytes of an answer. */
  breakAfter: number;
  status: number;
  /** The Range header of each request, in order. */
  readonly requests: (string | undefined)[];
  close(): Promise<void>;
}

export async function archiveServer(): Promise<ArchiveServer> {
  const listener = createServer((request, response) => {
    const { range } = request.headers;
    server.requests.push(range);
    if (server.status !== 200) {
      response.writeHead(server.status).end();
      return;
    }
    const start = server.ranges && range ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0;
    const total = server.body.length;
    if (start >= total && start > 0) {
      response.writeHead(416, { 'content-range': `bytes */${total}` }).end();
      return;
    }
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': total - start,
      ...(start > 0 && { 'content-range': `bytes ${start}-${total - 1}/${total}` }),
    });
    const rest = server.body.subarray(start);
    if (server.breakAfter >= rest.length) response.end(rest);
    else
      response.write(rest.subarray(0, server.breakAfter), () =>
        setTimeout(() => response.destroy(), 20),
      );
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const server: ArchiveServer = {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/cifar-10-binary.tar.gz`,
    body: Buffer.alloc(0),
    ranges: true,
    breakAfter: Number.POSITIVE_INFINITY,
    status: 200,
    requests: [],
    close: () =>
      new Promise((resolve) => {
        listener.closeAllConnections();
        listener.close(() => resolve());
      }),
  };
  return server;
}
