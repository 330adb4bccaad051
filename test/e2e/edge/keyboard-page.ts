import type { Browser, Page } from 'playwright-core';

const TIMEOUT = 60_000;

export interface ChosenFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** A page of a browser that is used by its keyboard. */
export class KeyboardPage {
  readonly page: Page;
  /** What the page logged as errors, and threw. */
  readonly complaints: string[] = [];
  /** What is chosen where the page asks for a file. */
  file: ChosenFile | null = null;

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(TIMEOUT);
    // For good, since the browser opens a dialog of its own until it is told that somebody listens.
    page.on('filechooser', (chooser) => chooser.setFiles(this.file ?? []));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
  }

  static async open(browser: Browser, address: string): Promise<KeyboardPage> {
    const opened = new KeyboardPage(await browser.newPage());
    await opened.page.goto(address);
    return opened;
  }

  /** Presses Tab until the focus is on what the selector finds. */
  async tabTo(selector: string): Promise<void> {
    for (let presses = 0; presses < 40; presses++) {
      await this.page.keyboard.press('Tab');
      if ((await this.page.locator(`${selector}:focus`).count()) > 0) return;
    }
    throw new Error(`Tab never reached ${selector}.`);
  }

  async chooseFile(file: ChosenFile): Promise<void> {
    this.file = file;
    await this.tabTo('#file');
    await this.page.keyboard.press('Enter');
  }

  /** Reports the picture that was answered as one of another label. @returns that label */
  async reportMistake(): Promise<string> {
    const said = await this.page.locator('#answers article h3').last().textContent();
    const wanted = said === 'cat' ? 'dog' : 'cat';
    await this.tabTo('#label');
    await this.page.keyboard.type(wanted);
    await this.tabTo('#report button');
    await this.page.keyboard.press('Enter');
    return wanted;
  }
}
