import { env, listSupportedBackends } from 'onnxruntime-node';
import type { Provider } from './provider-name.ts';

/** One line for people: which onnxruntime, and what it computes with. */
export function describeProvider(provider: Provider, threads: number): string {
  const device = provider === 'cpu' ? `CPU, ${threads} threads` : PROVIDER_NAME[provider];
  return `onnxruntime-node ${env.versions.common}, ${device}`;
}

const PROVIDER_NAME: Readonly<Record<Exclude<Provider, 'cpu'>, string>> = {
  webgpu: 'GPU by WebGPU',
  cuda: 'GPU by CUDA',
  coreml: 'CoreML',
};

/** Whether onnxruntime-node for this system knows the provider at all. */
export function isOffered(provider: Provider): boolean {
  return listSupportedBackends().some(({ name }) => name === provider);
}

/**
 * Whether values can stay on the provider's device between runs: onnxruntime-node 1.30 binds the buffers of
 * WebGPU alone. Those of other devices pass through this process at every run.
 */
export function keepsOnDevice(provider: Provider): boolean {
  return provider === 'webgpu';
}
