/** ResNet-18 (He et al. 2015, arXiv 1512.03385). `width` is the channel count of the first stage. */
export interface Architecture {
  readonly name: 'resnet18';
  /** `cifar`: 3x3 convolution, stride 1. `imagenet`: 7x7 convolution, stride 2, then 3x3 max-pooling. */
  readonly stem: 'cifar' | 'imagenet';
  readonly width: number;
  readonly classes: number;
  /**
   * Whether a residual block of the last stage's shape stands before the head, for edits to change
   * (Sinitsin et al. 2020, section 4.3: their "extra layer" for ImageNet). Absent where it does not.
   */
  readonly extraBlock?: true | undefined;
}

/** The stages in the order a picture passes them; an edit changes a subset. */
export const STAGES = ['stem', 'layer1', 'layer2', 'layer3', 'layer4', 'extra', 'head'] as const;
export type Stage = (typeof STAGES)[number];

export type ResidualStage = Exclude<Stage, 'stem' | 'head'>;

/** A convolution with the batch normalisation behind it, by their names in torchvision. */
export interface ConvolutionLayer {
  readonly convolution: string;
  readonly normalisation: string;
  readonly kernel: number;
  readonly stride: number;
  /** Zeros added on each side, explicit as in PyTorch. */
  readonly padding: number;
  readonly inChannels: number;
  readonly outChannels: number;
}

export interface ResidualBlock {
  readonly first: ConvolutionLayer;
  readonly second: ConvolutionLayer;
  /** The projection of the shortcut, where shape changes. */
  readonly projection: ConvolutionLayer | null;
}

export function stemLayer({ stem, width }: Architecture): ConvolutionLayer {
  const names = { convolution: 'conv1', normalisation: 'bn1', inChannels: 3, outChannels: width };
  return stem === 'cifar'
    ? { ...names, kernel: 3, stride: 1, padding: 1 }
    : { ...names, kernel: 7, stride: 2, padding: 3 };
}

/** The two blocks of a residual stage; of the stage `extra` its one, or none. */
export function residualBlocks(
  { width, extraBlock }: Architecture,
  stage: ResidualStage,
): ResidualBlock[] {
  if (stage === 'extra') return extraBlock ? [block(stage, 0, width << 3, width << 3, 1)] : [];
  const depth = Number(stage.slice('layer'.length)) - 1;
  const channels = width << depth;
  return depth === 0
    ? [0, 1].map((index) => block(stage, index, channels, channels, 1))
    : [block(stage, 0, channels / 2, channels, 2), block(stage, 1, channels, channels, 1)];
}

function block(
  stage: ResidualStage,
  index: number,
  inChannels: number,
  outChannels: number,
  stride: number,
): ResidualBlock {
  const name = `${stage}.${index}`;
  const layer = (number: number, channels: number, step: number): ConvolutionLayer => ({
    convolution: `${name}.conv${number}`,
    normalisation: `${name}.bn${number}`,
    kernel: 3,
    stride: step,
    padding: 1,
    inChannels: channels,
    outChannels,
  });
  return {
    first: layer(1, inChannels, stride),
    second: layer(2, outChannels, 1),
    projection:
      inChannels === outChannels
        ? null
        : {
            ...layer(1, inChannels, stride),
            convolution: `${name}.downsample.0`,
            normalisation: `${name}.downsample.1`,
            kernel: 1,
            padding: 0,
          },
  };
}

/** Every convolution with its batch normalisation, in the order a picture passes them. */
export function convolutionLayers(architecture: Architecture): ConvolutionLayer[] {
  const stages: ResidualStage[] = ['layer1', 'layer2', 'layer3', 'layer4', 'extra'];
  const blocks = stages.flatMap((stage) => residualBlocks(architecture, stage));
  return [
    stemLayer(architecture),
    ...blocks.flatMap(({ first, second, projection }) =>
      projection ? [first, second, projection] : [first, second],
    ),
  ];
}

/**
 * Names and shapes of what training learns, as in torchvision's `resnet18().state_dict()`:
 * convolutions [out,in,height,width], normalisation [channels], `fc.weight` [classes,features]. What an
 * extra block has is named as if it were a stage: `extra.0.conv1.weight`.
 */
export function parameterShapes(architecture: Architecture): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const layer of convolutionLayers(architecture)) {
    const { kernel, inChannels, outChannels } = layer;
    shapes.set(`${layer.convolution}.weight`, [outChannels, inChannels, kernel, kernel]);
    shapes.set(`${layer.normalisation}.weight`, [outChannels]);
    shapes.set(`${layer.normalisation}.bias`, [outChannels]);
  }
  shapes.set('fc.weight', [architecture.classes, architecture.width << 3]);
  shapes.set('fc.bias', [architecture.classes]);
  return shapes;
}

/** Names and shapes of the running statistics of batch normalisation. */
export function statisticShapes(architecture: Architecture): Map<string, readonly number[]> {
  return new Map(
    convolutionLayers(architecture).flatMap(({ normalisation, outChannels }) => [
      [`${normalisation}.running_mean`, [outChannels]] as const,
      [`${normalisation}.running_var`, [outChannels]] as const,
    ]),
  );
}

/** The stage that a parameter belongs to. */
export function stageOf(parameter: string): Stage {
  const prefix = parameter.split('.')[0]!;
  if (prefix === 'fc') return 'head';
  return STAGES.find((stage) => stage === prefix) ?? 'stem';
}
