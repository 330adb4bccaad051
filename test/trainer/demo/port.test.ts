import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort } from '../../../trainer/demo/port.ts';

test('a free port can be listened on, and is given as it was asked for', async () => {
  const port = await freePort(0);
  expect(port).toBeGreaterThan(1023);
  expect(await freePort(port)).toBe(port);
});

test.each(['127.0.0.1', '0.0.0.0', '::'])('a port in use on %s is refused', async (host) => {
  const server = createServer().listen(0, host);
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await expect(freePort(port)).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringMatching(`Port ${port} .*--port`),
  });
  server.close();
});
