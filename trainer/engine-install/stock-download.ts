import { nvidiaGpus } from './nvidia.ts';
import { runTool } from './run-tool.ts';

export type Variant = 'cpu' | 'cuda';

/** Where the packages' own install scripts fetch TensorFlow from. */
const STOCK_HOST = 'https://storage.googleapis.com/';

/** CUDA 11.2 was built for GPUs up to this compute capability; later ones compile for minutes. */
const LATEST_STOCK_CAPABILITY = 8.9;

/** What TensorFlow 2.9.1 loads of CUDA. */
const STOCK_CUDA = ['libcudart.so.11.0', 'libcudnn.so.8'];

/** Why the package's own download of TensorFlow 2.9.1 is no good here, or null where it may be. */
export async function stockRefusal(
  variant: Variant,
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  if (variant === 'cuda') {
    const gpus = await nvidiaGpus(env);
    const late = gpus.find((gpu) => Number(gpu.computeCapability) > LATEST_STOCK_CAPABILITY);
    if (late) {
      return `its CUDA 11.2 is older than the ${late.name} (compute capability ${late.computeCapability})`;
    }
    const { output } = await runTool('ldconfig', ['-p'], { env });
    const missing = STOCK_CUDA.filter((library) => !output.includes(library));
    if (missing.length > 0) return `it needs ${missing.join(' and ')}, which are not installed`;
  }
  const base = env.TFJS_NODE_CDN_STORAGE ?? env.CDN_STORAGE ?? STOCK_HOST;
  try {
    await fetch(base, { method: 'HEAD', signal: AbortSignal.timeout(10_000) });
    return null;
  } catch {
    return `${base} cannot be reached`;
  }
}
