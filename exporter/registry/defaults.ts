/** Where the registry is unless a command says otherwise; wrangler.toml's vars say the same. */
export const REGISTRY_DEFAULTS = {
  model: 'resnet18',
  channel: 'live',
  /** Relative to the working directory; what `wrangler dev --persist-to` takes. */
  folder: '.patchwork/r2',
} as const;

/** The bucket's binding in wrangler.toml. */
export const BUCKET_BINDING = 'MODELS';
