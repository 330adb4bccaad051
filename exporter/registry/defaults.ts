/** Where the registry is unless a command says otherwise; wrangler.toml's vars say the same. */
export const REGISTRY_DEFAULTS = {
  model: 'resnet18',
  channel: 'live',
  /** Relative to the working directory; where `wrangler dev` keeps its state unless told otherwise. */
  folder: '.wrangler/state',
} as const;

/** The bucket's binding in wrangler.toml. */
export const BUCKET_BINDING = 'MODELS';
