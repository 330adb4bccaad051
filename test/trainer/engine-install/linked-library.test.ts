import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readInstalledEngine } from '../../../trainer/engine/eager/tensorflow/installed-engine.ts';
import { installEngine } from '../../../trainer/engine-install/install-engine.ts';
import { fakeTools } from './fake-tools.ts';

const COMPILER = '/usr/bin/g++';

/** A package whose addon is one of Node, and calls its library as Node loads it. */
const NPM = `
dir=$(pwd)/node_modules/@tensorflow/tfjs-node
mkdir -p "$dir/binding"
printf '%s' "$FAKE_PACKAGE" > "$dir/index.js"
echo "require('./lib/napi-v8/tfjs_binding.node');" >> "$dir/index.js"
touch "$dir/binding/tfjs_backend.cc"
cat > "$dir/binding/tfjs_binding.cc" <<'END'
extern "C" int answer();
extern "C" void *napi_register_module_v1(void *, void *exports) { return answer() == 42 ? exports : nullptr; }
END`;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(os.tmpdir(), 'engine-link-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function library(file: string, source: string, ...options: string[]) {
  const code = join(root, 'library.cc');
  await writeFile(code, source);
  execFileSync(COMPILER, ['-shared', '-fPIC', code, '-o', file, ...options]);
}

/** A wheel's library, and the one of CUDA that it finds beside its own folder, as those of PyPI do. */
async function cudaWheel(): Promise<string> {
  // A comma in the path, which compilers take for the end of a word.
  const place = join(root, 'site,packages');
  const [tensorflow, cuda] = [join(place, 'tensorflow'), join(place, 'nvidia', 'lib')];
  await mkdir(join(tensorflow, 'include', 'tensorflow', 'c', 'eager'), { recursive: true });
  await mkdir(cuda, { recursive: true });
  await writeFile(join(tensorflow, 'include', 'tensorflow', 'c', 'eager', 'c_api.h'), '');
  await library(join(cuda, 'libcuda_part.so'), 'extern "C" int part() { return 42; }');
  await library(
    join(tensorflow, 'libtensorflow_cc.so.2'),
    'extern "C" int part(); extern "C" int answer() { return part(); }',
    '-Wl,-soname,libtensorflow_cc.so.2',
    `-L${cuda}`,
    '-lcuda_part',
    '-Wl,-rpath,$ORIGIN/../nvidia/lib',
  );
  await library(join(tensorflow, 'libtensorflow_framework.so.2'), '');
  return tensorflow;
}

test.skipIf(!existsSync(COMPILER))(
  'a linked library finds what lies beside it, as the CUDA of a wheel',
  async () => {
    const folder = join(root, 'engine');
    const engine = await installEngine({
      variant: 'cpu',
      folder,
      libtensorflow: await cudaWheel(),
      env: await fakeTools(root, { npm: NPM, 'g++': 'exec g++ "$@"' }),
      say: () => {},
    });
    expect(readInstalledEngine(folder)).toEqual(engine);
  },
);
