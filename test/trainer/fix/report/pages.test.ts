import { describe, expect, test } from 'vitest';
import { PatchLog } from '../../../../trainer/fix/log/patch-log.ts';
import { fixPage } from '../../../../trainer/fix/report/fix-page.ts';
import { indexPage } from '../../../../trainer/fix/report/index-page.ts';
import { parseMarkup } from '../../evaluation/report/parse-markup.ts';
import { BASE } from '../../patch/hand-made-patch.ts';
import { handMadeFix } from '../log/hand-made-fix.ts';
import { someFigures } from '../some-figures.ts';

const fix = handMadeFix(BASE, [1, 2]);
const html = fixPage(fix, null);
const pictures = (page: string) => page.match(/<img /g)?.length ?? 0;

describe('the page of a fix', () => {
  test('says what was fixed, how, and what broke', () => {
    for (const text of [
      fix.patch.id,
      'größer',
      'accepted',
      'gradient-descent 0.05 on layer3+head',
      '50 % of its step',
      'clean 0',
      'probability (%)',
      'margin of the label (nats); lost below 0',
      'time (s)',
      fix.record.weights,
    ]) {
      expect(html).toContain(text);
    }
  });

  test('needs nothing else, runs no script, and is well-formed', () => {
    expect(() => parseMarkup(html.slice(html.indexOf('<html')))).not.toThrow();
    expect(html).not.toMatch(/<script|<link|src="(?!data:)|url\(/);
    expect(html).toContain('Ada &lt;ada&gt;');
    expect(html).not.toContain('<ada>');
  });

  test('shows no picture but the fixed one, unless control pictures are given', () => {
    expect(pictures(html)).toBe(1);
    const pixels = new Uint8Array(4 * 3 * 3);
    const set = {
      name: 'controls',
      height: 4,
      width: 3,
      labelNames: fix.record.labelNames,
      count: 1,
      pixels,
      labels: Uint8Array.of(0),
    };
    const controls = {
      name: 'stripes',
      fingerprint: 'ab'.repeat(32),
      set,
      parts: [{ kind: 'clean' as const, start: 0, count: 1 }],
      sources: [0],
      digests: ['none'],
      curvature: { shape: [1, 1], data: Float32Array.of(1) },
      rehearsal: set,
    };
    expect(pictures(fixPage(fix, controls))).toBe(2);
  });

  test('says what was forced, and compares with another network', () => {
    const comparison = {
      checkpoint: 'editable.safetensors',
      editable: true,
      figures: someFigures(),
      candidate: 'rmsprop',
      outcome: 'accept',
    };
    const decision = { verdict: 'reject' as const, checks: [], reasons: ['breaks <b>much</b>'] };
    const record = { ...fix.record, forced: true, decision, comparison };
    const page = fixPage({ ...fix, record }, null);
    expect(page).toContain('rejected; forced into the log');
    expect(page).toContain('breaks &lt;b&gt;much&lt;/b&gt;');
    expect(page).toContain('editable.safetensors, trained to be edited');
  });
});

test('the index lists the fixes in order, each with its page', async () => {
  const second = { ...handMadeFix(BASE, [3, 4], fix.patch.id).record };
  const log = await PatchLog.read('nowhere');
  const page = indexPage(log, [fix.record, second]);
  const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, href]) => href);
  expect(links).toEqual([`${fix.patch.id}.html`, `${second.id}.html`]);
});
