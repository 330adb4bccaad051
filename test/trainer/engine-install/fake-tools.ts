import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A tfjs-node that computes squares, and says which library its addon was linked with. */
const PACKAGE = `
exports.version = { 'tfjs-node': '4.22.0' };
exports.tidy = (work) => work();
exports.square = ([x]) => ({ dataSync: () => [x * x] });
exports.addon = require('node:fs').readFileSync(__dirname + '/lib/napi-v8/tfjs_binding.node', 'utf8');
if (exports.addon.includes('broken')) throw new Error('undefined symbol: TFE_NewContext');
`;

/** Programs in place of npm, pip and a compiler, as scripts in a folder that is the whole PATH. */
export type FakeTool = 'npm' | 'python3' | 'g++' | 'ldconfig';

const SCRIPTS: Readonly<Record<FakeTool, string>> = {
  npm: `echo npm >> "$CALLS"
dir=$(pwd)/node_modules/@tensorflow/tfjs-node
mkdir -p "$dir" && printf '%s' "$FAKE_PACKAGE" > "$dir/index.js"`,
  python3: `case "$*" in
  *--version*) exit 0 ;;
  *'pip download'*)
    echo pip >> "$CALLS"
    for last; do :; done
    echo wheel > "$last/tensorflow_cpu-2.21.0-py3-none-any.whl" ;;
  *)
    echo unpack >> "$CALLS"
    mkdir -p "$3/tensorflow/include/tensorflow/c/eager"
    touch "$3/tensorflow/include/tensorflow/c/eager/c_api.h"
    touch "$3/tensorflow/libtensorflow_cc.so.2" "$3/tensorflow/libtensorflow_framework.so.2" ;;
esac`,
  'g++': `case "$*" in *--version*) exit 0 ;; esac
echo compile >> "$CALLS"
while [ "$1" != -o ]; do shift; done
echo addon > "$2"`,
  ldconfig: 'true',
};

/** Writes the tools into `folder`, some replaced by other scripts or left out by null. */
export async function fakeTools(
  folder: string,
  instead: Partial<Record<FakeTool, string | null>> = {},
): Promise<NodeJS.ProcessEnv> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  for (const name of Object.keys(SCRIPTS) as FakeTool[]) {
    const script = instead[name] === undefined ? SCRIPTS[name] : instead[name];
    if (script === null) continue;
    const file = join(bin, name);
    await writeFile(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
    await chmod(file, 0o755);
  }
  return {
    PATH: bin,
    FAKE_PACKAGE: PACKAGE,
    CALLS: join(folder, 'calls'),
    // Where the package's own download is looked for: a port that nothing listens to.
    TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:9/',
  };
}
