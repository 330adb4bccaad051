import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ArtifactContent, buildArtifact } from '../../../exporter/artifact/build-artifact.ts';
import { parseManifest } from '../../../exporter/contract/manifest.ts';
import { smallContent } from '../small-classifier.ts';

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The same object with the keys of every record in another order. */
function shuffled<T>(value: T, rank: (key: string) => number): T {
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((each) => shuffled(each, rank)) as T;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => rank(left) - rank(right))
      .map(([key, each]) => [key, shuffled(each, rank)]),
  ) as T;
}

describe('an artifact', () => {
  test('promises exactly its parts and its manifest', async () => {
    const content = smallContent(2);
    const { graph } = content.forms[0]!;
    const artifact = await buildArtifact(content);
    expect(artifact.manifestSha256).toBe(digest(artifact.manifestBytes));
    expect(parseManifest(artifact.manifestBytes)).toEqual(artifact.manifest);
    expect(artifact.manifest).toMatchObject({
      schema: 'patchwork/manifest@2',
      model: 'resnet18',
      version: 2,
      parent: 1,
      labels: content.labels,
      forms: [
        {
          graph: {
            sha256: digest(graph.bytes),
            bytes: graph.bytes.length,
            format: 'onnx',
            opset: graph.opset,
            nodes: graph.nodes,
          },
        },
      ],
    });
    expect([...artifact.parts.keys()]).toEqual([digest(graph.bytes)]);
  });

  test('has the same bytes in whatever order its content comes', async () => {
    const content = smallContent(1);
    const expected = await buildArtifact(content);
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), async (ranks) => {
        const known = new Map<string, number>();
        const rank = (key: string) => {
          if (!known.has(key)) known.set(key, ranks.next().value);
          return known.get(key)!;
        };
        const { manifestBytes } = await buildArtifact(shuffled(content, rank));
        expect(Buffer.compare(manifestBytes, expected.manifestBytes)).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test('differs when any of its content does', async () => {
    const base = await buildArtifact(smallContent(1));
    const others: ArtifactContent[] = [
      smallContent(1, 99),
      { ...smallContent(1), labels: ['cat', 'ship', 'dog'] },
      { ...smallContent(1), provenance: { seed: 2, engine: 'onnx' } },
    ];
    for (const content of others) {
      expect((await buildArtifact(content)).manifestSha256).not.toBe(base.manifestSha256);
    }
  });
});

test.each<[string, Partial<ArtifactContent>, string]>([
  ['model', { model: 'ResNet 18' }, 'model'],
  ['version', { version: 0 }, 'version'],
  ['parent', { parent: 7 }, 'parent'],
  ['labels that repeat', { labels: ['cat', 'cat', 'dog'] }, 'labels'],
  ['labels without logits', { labels: ['cat', 'dog'] }, 'golden'],
  ['logit that is not finite', { forms: [formWith([1, Number.NaN, 2])] }, 'forms.0.golden.logits'],
  [
    'golden picture of another size',
    { golden: [{ name: 'grey', pixels: 'AAAA' }] },
    '"grey" has 3 bytes',
  ],
  ['golden picture without logits', { golden: twoPictures() }, 'every form'],
])('a wrong %s is refused, naming it', async (_, change, named) => {
  await expect(buildArtifact({ ...smallContent(1), ...change })).rejects.toMatchObject({
    name: 'ArtifactError',
    code: 'ARTIFACT_INVALID',
    message: expect.stringContaining(named),
  });
});

function formWith(logits: number[]): ArtifactContent['forms'][0] {
  const [form] = smallContent(1).forms;
  return { ...form!, golden: { ...form!.golden, logits: [logits] } };
}

function twoPictures(): ArtifactContent['golden'] {
  const { golden } = smallContent(1);
  return [...golden, ...golden];
}
