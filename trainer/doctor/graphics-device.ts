import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nvidiaGpus } from '../engine-install/nvidia.ts';

/** Where Linux lists what can draw, each with a link to its device on the bus. */
const DRM = '/sys/class/drm';

const VENDORS: Readonly<Record<string, string>> = {
  '0x1002': 'AMD',
  '0x10de': 'NVIDIA',
  '0x106b': 'Apple',
  '0x13b5': 'Arm',
  '0x1af4': 'virtio',
  '0x5143': 'Qualcomm',
  '0x8086': 'Intel',
};

/** The graphics devices of this machine, one line each: by NVIDIA's driver, and others by Linux. */
export async function graphicsDevices(): Promise<string[]> {
  const nvidia = await nvidiaGpus();
  return [
    ...nvidia.map(
      ({ name, computeCapability, memoryMegabytes }) =>
        `${name}, compute capability ${computeCapability}, ${((memoryMegabytes * 2 ** 20) / 1e9).toFixed(1)} GB`,
    ),
    ...busDevices().filter((line) => nvidia.length === 0 || !line.startsWith('NVIDIA')),
  ];
}

function busDevices(): string[] {
  try {
    return readdirSync(DRM)
      .filter((name) => /^card\d+$/.test(name))
      .map((name) => describeDevice(join(DRM, name, 'device')));
  } catch {
    return [];
  }
}

function describeDevice(folder: string): string {
  const vendor = attribute(folder, 'vendor');
  const memory = Number(attribute(folder, 'mem_info_vram_total'));
  const name = `${VENDORS[vendor] ?? vendor} ${attribute(folder, 'device')}`.trim();
  return memory > 0 ? `${name}, ${(memory / 1e9).toFixed(1)} GB` : name;
}

/** Empty where the device has no such attribute. */
function attribute(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), 'utf8').trim();
  } catch {
    return '';
  }
}
