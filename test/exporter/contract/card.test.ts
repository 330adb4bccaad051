import { describe, expect, test } from 'vitest';
import { attachCard } from '../../../exporter/artifact/attach-card.ts';
import { parseCard, serialiseCard } from '../../../exporter/contract/card.ts';
import { cardMarkdown } from '../../../exporter/contract/card-markdown.ts';
import { FIX, freshSigner, versionWithCard } from '../signed.ts';

const signer = await freshSigner();
const artifact = await versionWithCard(2, signer);
const { card, bytes } = artifact.card!;

/** The cells of the table row that begins with `first`. */
function cells(markdown: string, first: string): string[] {
  const line = markdown.split('\n').find((each) => each.startsWith(`| ${first} |`));
  return line!
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe('a model card', () => {
  test('survives being stored, and is bound to its manifest', () => {
    expect(parseCard(bytes)).toEqual(card);
    expect(card).toMatchObject({
      model: 'resnet18',
      version: 2,
      parent: 1,
      manifestSha256: artifact.manifestSha256,
      fixes: [FIX],
    });
    expect(card.forms).toMatchObject([
      { bytes: artifact.manifest.forms[0]!.graph.bytes, timings: [{ milliseconds: 1.5 }] },
    ]);
  });

  test('leaves the manifest alone: times differ, its bytes do not', async () => {
    const slower = await versionWithCard(2, signer, 99);
    expect(slower.manifestSha256).toBe(artifact.manifestSha256);
    expect(slower.card!.bytes).not.toEqual(bytes);
  });

  test.each([
    ['another spelling', JSON.stringify(card)],
    ['a field that is not its own', JSON.stringify({ ...card, extra: 1 })],
    ['a reason without force', JSON.stringify({ ...card, fixes: [{ ...FIX, forced: false }] })],
    ['nothing', ''],
  ])('with %s is refused', (_, text) => {
    expect(() => parseCard(new TextEncoder().encode(text))).toThrow(
      expect.objectContaining({ code: 'CARD_INVALID' }),
    );
  });

  test('of other fixes than the manifest has is refused', async () => {
    await expect(attachCard(artifact, { fixes: [], timings: [] })).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
    });
  });
});

describe('as Markdown', () => {
  const markdown = cardMarkdown(card);

  test('it says what was fixed, at what price, and who let it through', () => {
    const fix = cells(markdown, '`a1b2c3`');
    expect(fix.slice(1, 4)).toEqual(['cat', 'dog', '-1.25 → 0.50']);
    expect(fix.at(-1)).toBe('**forced**: the customer waits');
    expect(cells(markdown, 'embedded-test')).toEqual([
      'embedded-test',
      '2000',
      '10.00 % → 10.10 %',
      '0.10 pp (95 %: -0.05 to 0.25)',
      '3',
      '1',
    ]);
  });

  test('it says what its forms weigh and take', () => {
    const form = cells(markdown, 'fp32 onnx');
    expect(form[1]).toBe(`${(artifact.manifest.forms[0]!.graph.bytes / 1e6).toFixed(2)} MB`);
    expect(form[4]).toBe('1: 1.50 ms (onnxruntime-node, 1 thread of a \\| b)');
  });

  test('it says where it comes from', () => {
    expect(markdown).toMatch(/^# resnet18, version 2\n\nIt patches version 1\./);
    expect(cells(markdown, 'engine')).toEqual(['engine', 'onnx']);
    expect(markdown).toContain(artifact.manifestSha256);
    expect(markdown).toContain(signer.key!.keyId);
  });

  test('no name is read as markup', () => {
    const hostile = '<script>|[x](y)\n# `z`';
    const text = cardMarkdown({ ...card, fixes: [{ ...FIX, label: hostile }] });
    expect(text).not.toMatch(/(?<!\\)<script/);
    expect(text).not.toMatch(/(?<!\\)\[x/);
    expect(text.split('\n').filter((line) => line.startsWith('# '))).toHaveLength(1);
    expect(cells(text, '`a1b2c3`')).toHaveLength(8);
  });

  test('every field of a card that is stored again gives the same text', () => {
    expect(cardMarkdown(parseCard(serialiseCard(card)))).toBe(markdown);
  });
});
