/** What onnxruntime computes with: its execution providers that the project can use. */
export const PROVIDERS = ['cpu', 'webgpu', 'cuda', 'coreml'] as const;

export type Provider = (typeof PROVIDERS)[number];

/** The step that would make a provider available. */
export const PROVIDER_REMEDY: Readonly<Record<Provider, string>> = {
  cpu: 'Run `npm ci` again to restore onnxruntime-node.',
  webgpu: 'Install a Vulkan driver for the GPU and the Vulkan loader, on Debian `libvulkan1`.',
  cuda: 'Install CUDA 12 and cuDNN 9, and run `node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12`.',
  coreml: 'It is for macOS alone.',
};
