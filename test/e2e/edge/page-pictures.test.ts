import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import type { Reports } from '../../../edge/route/feedback/feedback-schema.ts';
import { decodePicture } from '../../../exporter/contract/picture/decode-picture.ts';
import { codecs } from '../../../trainer/data/picture-file.ts';
import { project } from '../../docs/documentation.ts';
import { CHROMIUM, startChromium } from './chromium.ts';
import { type ChosenFile, KeyboardPage } from './keyboard-page.ts';
import { clearPng, phonePhoto } from './large-pictures.ts';
import { ServedEdge, TOKENS } from './served-edge.ts';

const { vars } = unstable_readConfig({ config: join(project, 'wrangler.toml') });
const MAX_PIXELS = Number(vars.MAX_PIXELS);
const MAX_BYTES = Number(vars.FEEDBACK_MAX_BYTES);

describe.skipIf(CHROMIUM === undefined)('pictures of any size, on the page', () => {
  let edge: ServedEdge;
  let browser: Browser;
  let keyboard: KeyboardPage;
  let page: Page;

  beforeAll(async () => {
    edge = await ServedEdge.start();
    browser = await startChromium(CHROMIUM!);
    keyboard = await KeyboardPage.open(browser, edge.address);
    page = keyboard.page;
    await page.locator('#serving', { hasText: 'version 1' }).waitFor();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await edge?.stop();
  });

  /** Chooses a file, and reports the answer to it as a mistake. @returns what the page sent of the file */
  async function askAndReport(file: ChosenFile): Promise<Buffer> {
    const asked = page.waitForRequest('**/classify');
    await keyboard.chooseFile(file);
    const { 'content-length': classified } = await (await asked).allHeaders();
    await page.locator('#answers article').waitFor();
    await keyboard.reportMistake();
    await page.locator('#outcome[data-state="open"]').waitFor();
    const reported = await newestPicture();
    expect(reported.length).toBe(Number(classified));
    return reported;
  }

  async function newestPicture(): Promise<Buffer> {
    const headers = { authorization: `Bearer ${TOKENS.FEEDBACK_TOKEN}` };
    const listed = await fetch(`${edge.address}/feedback`, { headers });
    const { reports } = (await listed.json()) as Reports;
    const [{ id }] = reports.toSorted((a, b) => b.receivedAt.localeCompare(a.receivedAt)) as [
      Reports['reports'][number],
    ];
    const picture = await fetch(`${edge.address}/feedback/${id}/picture`, { headers });
    return Buffer.from(await picture.arrayBuffer());
  }

  test('makes the photo of a phone as small as the edge takes it, upright', async () => {
    const photo = await phonePhoto();
    expect(photo.length).toBeGreaterThan(MAX_BYTES);
    const file = { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: photo };
    const sent = await askAndReport(file);
    expect(sent.length).toBeLessThanOrEqual(MAX_BYTES);
    const { width, height, pixels } = await decodePicture(sent, { maxPixels: MAX_PIXELS }, codecs);
    expect(width / height).toBeCloseTo(3 / 4, 2);
    const blueOverRed = (x: number, y: number) => {
      const at = 3 * (y * width + x);
      return pixels[at + 2]! - pixels[at]!;
    };
    expect(blueOverRed(width >> 1, height >> 3)).toBeGreaterThan(50);
    expect(blueOverRed(width >> 1, height - (height >> 3))).toBeLessThan(-50);
  }, 120_000);

  const SIDE = Math.sqrt(MAX_PIXELS);
  const png = (buffer: Buffer) => ({ name: 'clear.png', mimeType: 'image/png', buffer });

  test('sends what the edge takes byte for byte', async () => {
    const file = png(clearPng(SIDE, SIDE, MAX_BYTES));
    const sent = await askAndReport(file);
    expect(sent.equals(file.buffer)).toBe(true);
  }, 120_000);

  test.each([
    ['a byte', SIDE, MAX_BYTES + 1],
    ['a row', SIDE + 1, MAX_BYTES],
  ])(
    'makes a picture of %s too much smaller, over white',
    async (_, height, bytes) => {
      const sent = await askAndReport(png(clearPng(SIDE, height, bytes)));
      expect(sent.length).toBeLessThanOrEqual(MAX_BYTES);
      const { pixels } = await decodePicture(sent, { maxPixels: MAX_PIXELS }, codecs);
      expect(pixels.every((value) => value > 250)).toBe(true);
    },
    120_000,
  );
});
