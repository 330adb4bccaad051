import type { Card } from '../../exporter/contract/card.ts';

/** The card of a version with one fix, whose damage was measured. */
export function card(version: number): Card {
  return {
    schema: 'patchwork/card@1',
    model: 'resnet18',
    version,
    parent: version === 1 ? null : version - 1,
    manifestSha256: 'ab'.repeat(32),
    labels: ['cat', 'dog'],
    forms: [
      {
        precision: 'fp32',
        storage: 'onnx',
        bytes: 2_800_000,
        fidelity: null,
        heap: null,
        timings: [],
      },
    ],
    fixes: [
      {
        id: 'fix-1',
        label: 'cat',
        imageSha256: 'cd'.repeat(32),
        morePictures: [],
        editor: 'rmsprop',
        steps: 3,
        drawdown: 0.0012,
        negativeFlips: 4,
        controlPictures: 2000,
        forced: false,
        labelBefore: 'dog',
        marginBefore: -0.4,
        marginAfter: 0.11,
        stages: ['layer3'],
        controls: [
          {
            set: 'test',
            fingerprint: 'ef',
            pictures: 2000,
            errorBefore: 0.1,
            errorAfter: 0.1012,
            drawdown: { value: 0.0012, low: -0.001, high: 0.003, confidence: 0.95 },
            negativeFlips: 4,
            positiveFlips: 2,
          },
        ],
        forcedBecause: null,
      },
    ],
    provenance: { seed: version },
    signature: null,
  };
}
