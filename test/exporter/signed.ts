import type { Artifact } from '../../exporter/artifact/artifact.ts';
import { attachCard } from '../../exporter/artifact/attach-card.ts';
import { buildArtifact } from '../../exporter/artifact/build-artifact.ts';
import type { CardFix } from '../../exporter/contract/card.ts';
import { importPublicKey } from '../../exporter/contract/signature.ts';
import { generatePrivateKey, parsePrivateKey } from '../../exporter/signing/private-key.ts';
import type { Signer } from '../../exporter/signing/signer.ts';
import { smallContent } from './small-classifier.ts';

/** A new key as somebody who signs with it and trusts it alone. */
export async function freshSigner(): Promise<Signer & { readonly publicKey: string }> {
  const { signing, publicKey } = await parsePrivateKey(generatePrivateKey(), 'test');
  return { key: signing, trusted: [await importPublicKey(publicKey)], publicKey };
}

/** A fix with everything that a card says of one. */
export const FIX: CardFix = {
  id: 'a1b2c3',
  label: 'dog',
  imageSha256: 'ab'.repeat(32),
  morePictures: [],
  editor: 'gradient descent',
  steps: 3,
  drawdown: 0.001,
  negativeFlips: 3,
  controlPictures: 2000,
  forced: true,
  labelBefore: 'cat',
  marginBefore: -1.25,
  marginAfter: 0.5,
  stages: ['layer3'],
  controls: [
    {
      set: 'embedded-test',
      fingerprint: 'cd'.repeat(32),
      pictures: 2000,
      errorBefore: 0.1,
      errorAfter: 0.101,
      drawdown: { value: 0.001, low: -0.0005, high: 0.0025, confidence: 0.95 },
      negativeFlips: 3,
      positiveFlips: 1,
    },
  ],
  forcedBecause: 'the customer waits',
};

/** A version with a card, signed where there is a key. */
export async function versionWithCard(
  version: number,
  { key }: Pick<Signer, 'key'>,
  milliseconds = 1.5,
): Promise<Artifact> {
  const { labelBefore: _, marginBefore: __, marginAfter: ___, ...rest } = FIX;
  const { stages: ____, controls: _____, forcedBecause: ______, ...summary } = rest;
  const fixes = version === 1 ? [] : [FIX];
  const content = { ...smallContent(version), fixes: fixes.map(() => summary) };
  const speed = {
    runtime: 'onnxruntime-node',
    machine: 'a | b',
    threads: 1,
    batch: 1,
    milliseconds,
  };
  return attachCard(
    await buildArtifact(content, key),
    { fixes, timings: [{ precision: 'fp32', storage: 'onnx', ...speed }] },
    key,
  );
}
