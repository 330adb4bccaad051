import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Provider } from '../../../../trainer/engine/onnx/provider-name.ts';
import { providerRefusal } from '../../../../trainer/engine/onnx/provider-refusal.ts';

/** A provider of onnxruntime beside the processor. */
export interface DeviceUnderTest {
  readonly title: string;
  readonly provider: Provider;
  /** What a process needs to compute there, or null where none can. */
  readonly env: NodeJS.ProcessEnv | null;
}

/** Where Debian's and others' Chromium keep SwiftShader, which does Vulkan's work on the processor. */
const CHROMIUM = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];

async function device(provider: Provider): Promise<DeviceUnderTest> {
  const refusal = await providerRefusal(provider);
  if (refusal === null) {
    return { title: `onnx engine on ${provider}`, provider, env: process.env };
  }
  if (provider === 'webgpu') {
    const env = swiftShader();
    if (env) return { title: 'onnx engine on webgpu, by SwiftShader', provider, env };
  }
  return { title: `onnx engine on ${provider} NOT RUN: ${refusal}`, provider, env: null };
}

function swiftShader(): NodeJS.ProcessEnv | null {
  const folder = CHROMIUM.find(
    (place) =>
      existsSync(join(place, 'vk_swiftshader_icd.json')) &&
      existsSync(join(place, 'libvulkan.so.1')),
  );
  if (folder === undefined) return null;
  return {
    ...process.env,
    LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
    VK_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json'),
  };
}

export const PRESENT_DEVICES: readonly DeviceUnderTest[] = await Promise.all(
  (['webgpu', 'cuda', 'coreml'] as const).map(device),
);
