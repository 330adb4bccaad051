import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Reports } from '../../../edge/route/feedback/feedback-schema.ts';
import { CHROMIUM, startChromium } from './chromium.ts';
import { KeyboardPage } from './keyboard-page.ts';
import { PICTURE, ServedEdge, TOKENS } from './served-edge.ts';

const WAIT = { timeout: 60_000 };
const NOISE = { name: 'noise.png', mimeType: 'image/png', buffer: PICTURE };

describe.skipIf(CHROMIUM === undefined)('the page, by keyboard alone', () => {
  let edge: ServedEdge;
  let browser: Browser;
  let keyboard: KeyboardPage;
  let page: Page;

  beforeAll(async () => {
    edge = await ServedEdge.start();
    browser = await startChromium(CHROMIUM!);
    keyboard = await KeyboardPage.open(browser, edge.address);
    page = keyboard.page;
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await edge?.stop();
  });

  test('answers a picture, takes a report, and shows the fix when it arrives', async () => {
    await page.locator('#serving', { hasText: 'resnet18, version 1' }).waitFor();
    await keyboard.chooseFile(NOISE);
    const answers = page.locator('#answers article');
    await answers.first().waitFor();
    expect(await answers.locator('li').count()).toBe(5);
    const said = await answers.locator('h3').textContent();
    expect(await answers.locator('li .label').first().textContent()).toBe(said);

    const wanted = await keyboard.reportMistake();
    await page.locator('#outcome[data-state="open"]:focus').waitFor();

    const headers = { authorization: `Bearer ${TOKENS.FEEDBACK_TOKEN}` };
    const listed = await fetch(`${edge.address}/feedback`, { headers });
    const { reports } = (await listed.json()) as Reports;
    expect(reports).toMatchObject([{ label: wanted, version: 1, outcome: null }]);
    expect(reports[0]?.predictions[0]?.label).toBe(said);
    const picture = await fetch(`${edge.address}/feedback/${reports[0]!.id}/picture`, { headers });
    expect(Buffer.from(await picture.arrayBuffer()).equals(PICTURE)).toBe(true);

    await edge.publish(2);
    const outcome = { state: 'fixed', version: 2, fix: 'fix-1' };
    await fetch(`${edge.address}/feedback/${reports[0]!.id}/outcome`, {
      method: 'PUT',
      headers,
      body: JSON.stringify(outcome),
    });
    await page.locator('#serving', { hasText: 'version 2' }).waitFor();
    await page.locator('#outcome[data-state="fixed"]', { hasText: 'version 2' }).waitFor();
    await expect.poll(() => answers.count(), WAIT).toBe(2);
    expect(await answers.locator('p').allTextContents()).toEqual(['Version 1', 'Version 2']);
  }, 180_000);

  test('takes a pasted picture', async () => {
    const context = page.context();
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: edge.address });
    await page.reload();
    await page.locator('#serving', { hasText: 'version 2' }).waitFor();
    await page.evaluate(`(async () => {
      const bytes = Uint8Array.from(atob('${PICTURE.toString('base64')}'), (c) => c.charCodeAt(0));
      const png = new Blob([bytes], { type: 'image/png' });
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
    })()`);
    await page.keyboard.press('Control+V');
    await page.locator('#answers article').waitFor();
  }, 90_000);

  test('opens a version of the list', async () => {
    await keyboard.tabTo('#version-1 summary');
    await page.keyboard.press('Enter');
    await page.locator('#version-1 .version-card', { hasText: 'dog → cat' }).waitFor();
  }, 90_000);

  test('says what is wrong with a file, and goes on', async () => {
    await keyboard.chooseFile({ ...NOISE, buffer: Buffer.from('no picture') });
    await page.locator('#problem', { hasText: 'PNG, JPEG nor WebP' }).waitFor();
    for (const left of ['#answer-title', '#preview', '#report']) {
      await page.locator(left).waitFor({ state: 'hidden' });
    }
    await keyboard.chooseFile(NOISE);
    await page.locator('#answers article').waitFor();
    await page.locator('#preview').waitFor();
  }, 90_000);

  test('says that a report failed, where the focus is', async () => {
    await page.route('**/feedback', (route) => route.abort());
    await keyboard.reportMistake();
    await page.locator('#outcome[data-state="failed"]:focus').waitFor();
    await page.unroute('**/feedback');
  }, 90_000);

  test('says nothing of a report once another picture is asked about', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/feedback', async (route) => {
      await held;
      await route.continue();
    });
    const kept = page.waitForResponse('**/feedback');
    await keyboard.reportMistake();
    await keyboard.chooseFile({ ...NOISE, name: 'again.png' });
    await page.locator('#report').waitFor();
    release();
    await (await kept).finished();
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 100))');
    expect(await page.locator('#outcome').isVisible()).toBe(false);
    expect(await page.locator('#report').isVisible()).toBe(true);
    expect(await page.locator('#file:focus').count()).toBe(1);
  }, 90_000);

  test('breaks no policy of its own', () => {
    const own = keyboard.complaints.filter((text) => !text.startsWith('Failed to load resource'));
    expect(own).toEqual([]);
  });
});
