import { expect, test } from 'vitest';
import { CardSchema } from '../../exporter/contract/card.ts';
import { ManifestSchema } from '../../exporter/contract/manifest.ts';
import { objectKey } from '../../exporter/contract/object-key.ts';
import { PointerSchema } from '../../exporter/contract/pointer.ts';
import { code, tableRows } from './documentation.ts';

test('artifacts.md describes every field of the manifest', () => {
  const listed = tableRows('docs/artifacts.md', '## The manifest').map(([name]) => code(name));
  expect(listed).toEqual(Object.keys(ManifestSchema.shape));
});

test('artifacts.md describes every field of the model card', () => {
  const listed = tableRows('docs/artifacts.md', '## The model card').map(([name]) => code(name));
  expect(listed).toEqual(Object.keys(CardSchema.shape));
});

test('artifacts.md has the keys of the bucket and the fields of the pointer', () => {
  const listed = tableRows('docs/artifacts.md', '## The bucket').map(([name]) => code(name));
  const keys = [
    objectKey.part('<sha256>'),
    objectKey.manifest('<model>', 1).replace('000001', '<version>'),
    objectKey.card('<model>', 1).replace('000001', '<version>'),
    objectKey.pointer('<model>', '<channel>'),
    objectKey.halt('<model>', '<channel>'),
  ];
  expect(listed).toEqual([...keys, ...Object.keys(PointerSchema.shape)]);
});
