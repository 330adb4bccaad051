import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InstallError } from './install-error.ts';
import { runTool } from './run-tool.ts';
import type { Variant } from './stock-download.ts';

export const TENSORFLOW_VERSION = '2.21.0';

/** What pip is asked for; the CUDA libraries come as dependencies. */
export const WHEELS: Readonly<Record<Variant, string>> = {
  cpu: `tensorflow-cpu==${TENSORFLOW_VERSION}`,
  cuda: `tensorflow[and-cuda]==${TENSORFLOW_VERSION}`,
};

/** A Python that wheels of that version are for: their libraries are good for Node whichever it is. */
const ANY_PYTHON = ['--python-version', '3.11', '--platform', 'manylinux_2_27_x86_64'];

/** Unpacks of each wheel what an addon links with or loads. */
const UNPACK = `
import sys, zipfile
target, wheels = sys.argv[1], sys.argv[2:]
def wanted(name):
    return name.startswith(('tensorflow/include/', 'tensorflow/libtensorflow_', 'nvidia/')) and (
        '.so' in name or name.startswith('tensorflow/include/'))
for wheel in wheels:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target, [name for name in archive.namelist() if wanted(name)])
`;

/** Fetches the wheels of TensorFlow from PyPI, or the index that pip is set to. @throws InstallError DOWNLOAD_FAILED */
export async function downloadWheels(
  folder: string,
  variant: Variant,
  python: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const wheel = WHEELS[variant];
  const download = ['-m', 'pip', 'download', wheel, '--no-cache-dir', '--only-binary=:all:'];
  if (variant === 'cpu') download.push('--no-deps');
  let complaint = '';
  for (const forPython of [[], ANY_PYTHON]) {
    const result = await runTool(python, [...download, ...forPython, '--dest', folder], { env });
    if (result.code === 0) return;
    complaint ||= result.complaint;
  }
  throw new InstallError(
    'DOWNLOAD_FAILED',
    `pip could not fetch ${wheel}: ${complaint}. Run the command again when the index can be reached, or name a library with --libtensorflow.`,
  );
}

/** Unpacks the libraries and headers among the wheels of `from`. @throws InstallError DOWNLOAD_FAILED */
export async function unpackWheels(
  from: string,
  folder: string,
  python: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const names = (await readdir(from)).filter((name) =>
    /^(tensorflow|nvidia)[^/]*\.whl$/.test(name),
  );
  const wheels = names.map((name) => join(from, name));
  const { code, complaint } = await runTool(python, ['-c', UNPACK, folder, ...wheels], { env });
  if (code === 0) return;
  if (complaint.includes('BadZipFile')) await rm(from, { recursive: true, force: true });
  throw new InstallError(
    'DOWNLOAD_FAILED',
    `The wheels in ${from} could not be unpacked: ${complaint || 'stopped'}. Run the command again.`,
  );
}
