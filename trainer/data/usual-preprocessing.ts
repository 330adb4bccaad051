import type { Preprocessing } from '../../exporter/contract/manifest.ts';

/** What torchvision's ImageNet weights expect: pixels in [0, 1], by channel. */
export const IMAGENET_CHANNELS = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} satisfies Pick<Preprocessing, 'mean' | 'std'>;

/** Height and width of the pictures that each stem is made for. */
export const USUAL_SIDE = { cifar: 32, imagenet: 224 } as const;
