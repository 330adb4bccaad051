import { runTool } from './run-tool.ts';

export interface NvidiaGpu {
  readonly name: string;
  /** As "9.0". */
  readonly computeCapability: string;
  readonly memoryMegabytes: number;
}

/** The GPUs that NVIDIA's driver lists; none where there is no driver. */
export async function nvidiaGpus(env: NodeJS.ProcessEnv = process.env): Promise<NvidiaGpu[]> {
  const query = ['--query-gpu=name,compute_cap,memory.total', '--format=csv,noheader,nounits'];
  const { code, output } = await runTool('nvidia-smi', query, { env });
  if (code !== 0) return [];
  return output
    .trim()
    .split('\n')
    .map((line) => line.split(',').map((field) => field.trim()))
    .filter((fields) => fields.length === 3)
    .map(([name, computeCapability, memory]) => ({
      name: name!,
      computeCapability: computeCapability!,
      memoryMegabytes: Number(memory),
    }));
}
