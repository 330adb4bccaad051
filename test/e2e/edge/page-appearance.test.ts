import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, startChromium } from './chromium.ts';
import { KeyboardPage } from './keyboard-page.ts';
import { PICTURE, ServedEdge } from './served-edge.ts';

const NOISE = { name: 'noise.png', mimeType: 'image/png', buffer: PICTURE };
const LONG = 'pneumonoultramicroscopicsilicovolcanoconiosis and sulphur-crested cockatoo';
/** WCAG 2.2, 1.4.11: what tells a control from what is around it. */
const LEAST_CONTRAST = 3;
/** A function of the page: the contrast of an element's border with the ground within and around it. */
const BORDER_CONTRAST = `(element) => {
  const luminance = (colour) => {
    const [red, green, blue] = colour.match(/\\d+/g).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const { borderTopColor, backgroundColor } = getComputedStyle(element);
  const around = getComputedStyle(document.body).backgroundColor;
  return Math.min(
    ...[backgroundColor, around].map((ground) => {
      const [dark, light] = [borderTopColor, ground].map(luminance).sort((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    }),
  );
}`;

describe.skipIf(CHROMIUM === undefined)('the looks of the page', () => {
  let edge: ServedEdge;
  let browser: Browser;
  let keyboard: KeyboardPage;
  let page: Page;

  beforeAll(async () => {
    edge = await ServedEdge.start();
    browser = await startChromium(CHROMIUM!);
    keyboard = await KeyboardPage.open(browser, edge.address);
    page = keyboard.page;
    await lengthenWords();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await edge?.stop();
  });

  /** Has the edge say long labels and a long name of the model. */
  async function lengthenWords(): Promise<void> {
    await page.route(/\/(classify|versions)$/, async (route) => {
      const response = await route.fetch();
      const json = (await response.text())
        .replaceAll(/"(cat|dog|frog|plane)"/g, `"$1 ${LONG}"`)
        .replace('"resnet18"', `"${'a-model-'.repeat(8)}"`);
      await route.fulfill({ response, body: json });
    });
  }

  test.each([320, 1280])(
    'has room for long words in %d pixels',
    async (width) => {
      await page.setViewportSize({ width, height: 640 });
      await page.reload();
      await keyboard.chooseFile(NOISE);
      await page.locator('#report').waitFor();
      await keyboard.tabTo('#version-1 summary');
      await page.keyboard.press('Enter');
      await page.locator('#version-1 .version-card').waitFor();
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(overflow).toBeLessThanOrEqual(0);
    },
    90_000,
  );

  test.each(['light', 'dark'] as const)(
    'shows its controls in the %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      for (const control of ['#drop', '#label']) {
        const contrast = await page.evaluate(
          `(${BORDER_CONTRAST})(document.querySelector('${control}'))`,
        );
        expect(contrast, control).toBeGreaterThanOrEqual(LEAST_CONTRAST);
      }
    },
    90_000,
  );

  test('shows where the focus is without covering what is beside, and what can be opened', async () => {
    await page.reload();
    const marker = `getComputedStyle(document.querySelector('#version-1 summary'), '::before').content`;
    await page.locator('#version-1').waitFor();
    const closed = await page.evaluate(marker);
    await keyboard.tabTo('#version-1 summary');
    await page.keyboard.press('Enter');
    await page.locator('#version-1 .version-card h3').first().waitFor();
    expect(await page.evaluate(marker)).not.toBe(closed);
    const covered = await page.evaluate(`(() => {
      const summary = document.querySelector('#version-1 summary');
      const { outlineStyle, outlineOffset, outlineWidth } = getComputedStyle(summary);
      if (outlineStyle === 'none') return Infinity;
      const ring = summary.getBoundingClientRect().bottom + parseFloat(outlineOffset) + parseFloat(outlineWidth);
      return ring - summary.nextElementSibling.getBoundingClientRect().top;
    })()`);
    expect(covered).toBeLessThanOrEqual(0);
  }, 90_000);
});
