import { createServer } from 'node:net';
import { DemoError } from './demo-error.ts';

/**
 * A port of this machine that nobody listens on.
 * @param port the wanted one, or 0 for any
 * @throws DemoError PORT_IN_USE
 */
export function freePort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause) => {
      reject(
        new DemoError(
          'PORT_IN_USE',
          `Port ${port} of 127.0.0.1 cannot be used; stop what listens there, or give another one with --port.`,
          { cause },
        ),
      );
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address() as { port: number };
      server.close(() => resolve(address.port));
    });
  });
}
