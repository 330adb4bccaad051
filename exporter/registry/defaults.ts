/** Where the registry is unless a command says otherwise; wrangler.toml's vars say the same. */
export const REGISTRY_DEFAULTS = {
  model: 'resnet18',
  channel: 'live',
  /** Relative to the working directory; where `wrangler dev` keeps its state unless told otherwise. */
  folder: '.wrangler/state',
} as const;

/** How a version is tried unless a command says otherwise. */
export const ROLLOUT_DEFAULTS = {
  mode: 'canary',
  share: 0.1,
  maxErrorRate: 0.01,
  maxDisagreement: 0.05,
  minRequests: 100,
} as const;

/** The bucket's binding in wrangler.toml. */
export const BUCKET_BINDING = 'MODELS';
