import { reset } from 'cloudflare:test';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ProblemCode } from '../../../edge/route/problem-code.ts';
import { expectProblem, TestIsolate } from '../isolate.ts';
import { bytesOf, publish } from '../registry.ts';

const fixture = inject('fixture');
const png = bytesOf(fixture.png);
const isolate = new TestIsolate({
  MAX_BODY_BYTES: '40000',
  MAX_PIXELS: '20000',
  MAX_PICTURES: '3',
});

beforeAll(() => publish(1));
afterAll(reset);

/** A PNG whose header states a size that its data does not have. */
function pngOfSize(width: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = png.slice();
  const header = new DataView(bytes.buffer, 16);
  header.setUint32(0, width);
  header.setUint32(4, height);
  return bytes;
}

function form(...pictures: Uint8Array<ArrayBuffer>[]): FormData {
  const data = new FormData();
  for (const [index, picture] of pictures.entries()) {
    data.append('picture', new File([picture], `${index}.png`));
  }
  return data;
}

function stream(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

describe('POST /classify of bad input', () => {
  it.each<[string, BodyInit, number, ProblemCode]>([
    ['an empty body', new Uint8Array(0), 400, 'BODY_EMPTY'],
    ['text', new TextEncoder().encode('this is no picture'), 422, 'PICTURE_UNKNOWN_FORMAT'],
    ['a truncated PNG', png.slice(0, png.length / 2), 422, 'PICTURE_CORRUPT'],
    ['a PNG of its header only', png.slice(0, 33), 422, 'PICTURE_CORRUPT'],
    ['a truncated JPEG', bytesOf(fixture.jpeg).slice(0, 300), 422, 'PICTURE_CORRUPT'],
    ['a truncated WebP', bytesOf(fixture.webp).slice(0, 300), 422, 'PICTURE_CORRUPT'],
    ['a header of 20,000 x 20,000', pngOfSize(20000, 20000), 413, 'PICTURE_TOO_LARGE'],
    ['a header of no pixels', pngOfSize(0, 32), 422, 'PICTURE_CORRUPT'],
    ['more bytes than the bound', new Uint8Array(40001), 413, 'BODY_TOO_LARGE'],
    ['a streamed body beyond the bound', stream(png, new Uint8Array(40001)), 413, 'BODY_TOO_LARGE'],
    ['a form without a file', new FormData(), 400, 'MULTIPART_INVALID'],
    ['a form with an empty file', form(new Uint8Array(0)), 422, 'PICTURE_EMPTY'],
    [
      'a form with more pictures than the bound',
      form(png, png, png, png),
      413,
      'TOO_MANY_PICTURES',
    ],
  ])('refuses %s', async (_, body, status, code) => {
    await expectProblem(await isolate.classify(body), status, code);
  });

  it('holds a picture to the size that it states, whatever it expands to', async () => {
    const bomb = bytesOf(fixture.bomb);
    expect([200, 422]).toContain((await isolate.classify(bomb)).status);
    expect((await isolate.versions()).heapBytes).toBeLessThan(30_000_000);
  });

  it('names the picture of a form that is wrong', async () => {
    const response = await isolate.classify(form(png, png.slice(0, 60)));
    const { detail } = await expectProblem(response, 422, 'PICTURE_CORRUPT');
    expect(detail).toContain('1.png');
  });

  it('holds the bound of pixels over all pictures of a form', async () => {
    const large = bytesOf(fixture.mediumPng);
    expect((await isolate.classify(large)).status).toBe(200);
    await expectProblem(await isolate.classify(form(large, large)), 413, 'PICTURE_TOO_LARGE');
  });

  it.each(['text/plain', 'application/xml', 'image/gif', 'nonsense'])(
    'refuses the media type %s and says what it takes',
    async (type) => {
      const response = await isolate.classify(png, '', { headers: { 'content-type': type } });
      await expectProblem(response, 415, 'MEDIA_TYPE_UNSUPPORTED');
      expect(response.headers.get('accept')).toContain('image/png');
    },
  );

  it('decompresses nothing', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const response = await isolate.classify(png, '', { headers });
    await expectProblem(response, 415, 'MEDIA_TYPE_UNSUPPORTED');
    expect(response.headers.get('accept-encoding')).toBe('identity');
  });

  it.each(['multipart/form-data', 'multipart/form-data; boundary=other'])(
    'refuses a form that is not one: %s',
    async (type) => {
      const response = await isolate.classify(png, '', { headers: { 'content-type': type } });
      await expectProblem(response, 400, 'MULTIPART_INVALID');
    },
  );

  it.each(['0', '11', '-1', '1.5', 'five', '', '99999', '1e1'])(
    'refuses top_k=%s',
    async (topK) => {
      const response = await isolate.classify(png, `?top_k=${topK}`);
      const { detail } = await expectProblem(response, 400, 'QUERY_INVALID');
      expect(detail).toContain('top_k');
    },
  );

  it('answers any damage to a picture with a result or a problem of the sender', async () => {
    const originals = [png, bytesOf(fixture.jpeg), bytesOf(fixture.webp)];
    const damage = fc.record({
      file: fc.integer({ min: 0, max: 2 }),
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      value: fc.integer({ min: 0, max: 255 }),
      keep: fc.double({ min: 0.05, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ file, at, value, keep }) => {
        const bytes = originals[file]!.slice(0, Math.ceil(originals[file]!.length * keep));
        bytes[Math.floor(at * bytes.length)] = value;
        expect([200, 413, 422]).toContain((await isolate.classify(bytes)).status);
      }),
      { numRuns: 60, seed: 7 },
    );
    expect((await isolate.classify(png)).status).toBe(200);
  });
});
