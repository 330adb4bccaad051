import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeArtifact } from '../../../exporter/artifact/artifact-folder.ts';
import { buildArtifact } from '../../../exporter/artifact/build-artifact.ts';
import { encodeSafetensors } from '../../../trainer/checkpoint/safetensors.ts';
import { savePatch } from '../../../trainer/patch/patch-file.ts';
import { smallContent } from '../../exporter/small-classifier.ts';
import { patchFile, writeBlankFiles } from '../data/cifar10/blank-files.ts';
import { BASE, handMadePatch } from '../patch/hand-made-patch.ts';
import { saveEmbeddedCheckpoint } from './embedded-checkpoint.ts';
import { expectRefusal, expectSuccess, patchwork, workingDirectory } from './run-command.ts';

const CHECKPOINT = '.patchwork/checkpoints/model.safetensors';

/** A working directory with a checkpoint where commands look for one. */
async function withCheckpoint(): Promise<string> {
  const cwd = await workingDirectory();
  await saveEmbeddedCheckpoint(join(cwd, CHECKPOINT));
  return cwd;
}

/** The header of a PNG of 20,000 x 20,000 pixels, and then nothing. */
function hugePngHeader(): Uint8Array {
  const size = [0x00, 0x00, 0x4e, 0x20];
  const header = [0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, ...size, ...size, 8, 2, 0, 0, 0];
  const crc = [0xe2, 0x12, 0x0a, 0x3a];
  return Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10, ...header, ...crc]);
}

describe.concurrent('CIFAR-10', () => {
  const trainOn = (cwd: string, dir: string) =>
    patchwork(['train', '--data', 'cifar10', '--data-dir', dir, '--engine', 'onnx'], cwd);

  test('that is not there', async () => {
    const cwd = await workingDirectory();
    expectRefusal(await trainOn(cwd, 'nowhere'), /DATA_MISSING.*nowhere.*patchwork data cifar10/);
    await mkdir(join(cwd, 'empty'));
    expectRefusal(await trainOn(cwd, 'empty'), /DATA_MISSING.*empty.*patchwork data cifar10/);
    expect((await readdir(cwd)).sort()).toEqual(['empty']);
  });

  test.each<[string, (folder: string) => Promise<void>, RegExp]>([
    [
      'with a file cut off',
      (folder) => truncate(join(folder, 'data_batch_3.bin'), 30_000_000),
      /DATA_MALFORMED.*data_batch_3\.bin is cut off.*30730000/,
    ],
    [
      'with a file too long',
      (folder) => truncate(join(folder, 'test_batch.bin'), 30_730_001),
      /DATA_MALFORMED.*test_batch\.bin has 1 bytes after its last record/,
    ],
    [
      'with an empty file',
      (folder) => truncate(join(folder, 'data_batch_1.bin'), 0),
      /DATA_MALFORMED.*data_batch_1\.bin is cut off/,
    ],
    [
      'with a label out of range',
      (folder) => patchFile(join(folder, 'data_batch_1.bin'), 3073 * 42, [10]),
      /DATA_MALFORMED.*data_batch_1\.bin: record 42 \(byte 129066\) has the label 10; labels go from 0 to 9/,
    ],
  ])('%s', async (_, damage, what) => {
    const cwd = await workingDirectory();
    await writeBlankFiles(join(cwd, 'cifar'));
    await damage(join(cwd, 'cifar'));
    expectRefusal(await trainOn(cwd, 'cifar'), what);
    expect(existsSync(join(cwd, '.patchwork'))).toBe(false);
  });
});

describe.concurrent('a checkpoint', () => {
  test.each([
    ['evaluate', ['evaluate']],
    ['patch', ['patch', '--image', 'a.png', '--label', 'cat']],
    ['export', ['export']],
  ])('that is missing: %s', async (_, args) => {
    const cwd = await workingDirectory();
    expectRefusal(
      await patchwork(args, cwd),
      /CHECKPOINT_MISSING.*model\.safetensors.*train first/,
    );
    expect(await readdir(cwd)).toEqual([]);
  });

  test.each<[string, (path: string) => Promise<void>, RegExp]>([
    ['cut short', (path) => truncate(path, 5000), /SAFETENSORS_INVALID.*cut short/],
    ['text', (path) => writeFile(path, 'not a network at all'), /SAFETENSORS_INVALID/],
    [
      'of another program',
      (path) => writeFile(path, encodeSafetensors(new Map(), { format: 'pt' })),
      /METADATA_INVALID.*no checkpoint that Patchwork wrote/,
    ],
  ])('that is %s', async (_, damage, what) => {
    const cwd = await withCheckpoint();
    await damage(join(cwd, CHECKPOINT));
    const before = await readFile(join(cwd, CHECKPOINT));
    expectRefusal(await patchwork(['export'], cwd), what);
    expect((await readFile(join(cwd, CHECKPOINT))).equals(before)).toBe(true);
    expect(await readdir(join(cwd, '.patchwork'))).toEqual(['checkpoints']);
  });

  test('of another width, or damaged, is not trained on, and stays', async () => {
    const cwd = await withCheckpoint();
    const before = await readFile(join(cwd, CHECKPOINT));
    const refused = await patchwork(['train', '--width', '4', '--engine', 'onnx'], cwd);
    expectRefusal(refused, /ARCHITECTURE_MISMATCH.*width 2, this run wants 4/);
    expect((await readFile(join(cwd, CHECKPOINT))).equals(before)).toBe(true);
    await truncate(join(cwd, CHECKPOINT), 9000);
    const damaged = await patchwork(['train', '--width', '2', '--engine', 'onnx'], cwd);
    expectRefusal(damaged, /SAFETENSORS_INVALID.*cut short/);
    expect((await readFile(join(cwd, CHECKPOINT))).equals(before.subarray(0, 9000))).toBe(true);
    expect(await readdir(cwd)).toEqual(['.patchwork']);
  });
});

describe.concurrent('a patch', () => {
  const patch = (cwd: string, image: string, label: string, ...more: string[]) =>
    patchwork(['patch', '--image', image, '--label', label, '--engine', 'onnx', ...more], cwd);

  test('for a label that the network does not know', async () => {
    const cwd = await withCheckpoint();
    await writeFile(join(cwd, 'a.png'), hugePngHeader());
    expectRefusal(await patch(cwd, 'a.png', 'unicorn'), /LABEL_UNKNOWN.*"unicorn".*choose one of/);
    expect(await readdir(join(cwd, '.patchwork'))).toEqual(['checkpoints']);
  });

  test.each<[string, Uint8Array | string | null, RegExp]>([
    ['is not there', null, /PICTURE_UNREADABLE picture\.png|picture\.png: there is no such file/],
    ['is text', 'I am a cat', /picture\.png/],
    ['is empty', '', /picture\.png/],
    ['is a JPEG cut off', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16), /picture\.png/],
    ['claims 20,000 x 20,000 pixels', hugePngHeader(), /picture\.png.*20.?000/],
  ])('for a picture that %s', async (_, bytes, what) => {
    const cwd = await withCheckpoint();
    if (bytes !== null) await writeFile(join(cwd, 'picture.png'), bytes);
    expectRefusal(await patch(cwd, 'picture.png', 'star'), what);
    expect(await readdir(join(cwd, '.patchwork'))).toEqual(['checkpoints']);
  });

  test('from a file that is damaged, or made for other weights', async () => {
    const cwd = await withCheckpoint();
    await savePatch(join(cwd, 'fix.safetensors'), handMadePatch(BASE, [0, 1]));
    const foreign = await patchwork(['export', '--patch', 'fix.safetensors'], cwd);
    expectRefusal(foreign, /BASE_MISMATCH.*was made for weights/);
    const bytes = await readFile(join(cwd, 'fix.safetensors'));
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(join(cwd, 'fix.safetensors'), bytes);
    const damaged = await patchwork(['evaluate', '--patch', 'fix.safetensors'], cwd);
    expectRefusal(damaged, /PATCH_INVALID fix\.safetensors|PATCH_INVALID: fix\.safetensors/);
    const missing = await patchwork(['export', '--patch', 'gone.safetensors'], cwd);
    expectRefusal(missing, /gone\.safetensors: there is no such file/);
    expect(await readdir(join(cwd, '.patchwork'))).toEqual(['checkpoints']);
  });
});

describe.concurrent('an artifact', () => {
  let content: Awaited<ReturnType<typeof buildArtifact>>;
  beforeAll(async () => {
    content = await buildArtifact(smallContent(1, 1));
  });

  test.each<[string, (folder: string, part: string) => Promise<void>, RegExp]>([
    [
      'whose graph has a byte changed',
      (_, part) => patchFile(part, 100, [1, 2, 3]),
      /ARTIFACT_DAMAGED.*SHA-256/,
    ],
    ['whose graph is cut off', (_, part) => truncate(part, 100), /ARTIFACT_DAMAGED.*100 bytes/],
    [
      'whose manifest has a byte changed',
      (folder) => patchFile(join(folder, 'manifest.json'), 30, [0x41]),
      /ARTIFACT_DAMAGED.*manifest\.json/,
    ],
    [
      'without manifest',
      (folder) => truncate(join(folder, 'manifest.json'), 0),
      /ARTIFACT_DAMAGED.*manifest\.json/,
    ],
  ])('%s is not published', async (_, damage, what) => {
    const cwd = await workingDirectory();
    const folder = join(cwd, 'artifact');
    await writeArtifact(folder, content);
    await damage(folder, join(folder, 'parts', content.manifest.forms[0]!.graph.sha256));
    expectRefusal(await patchwork(['publish', 'artifact'], cwd), what);
    expect(await readdir(cwd)).toEqual(['artifact']);
  });

  test('that is no artifact is not published', async () => {
    const cwd = await workingDirectory();
    expectRefusal(await patchwork(['publish', 'nowhere'], cwd), /ARTIFACT_MISSING.*nowhere/);
    expect(await readdir(cwd)).toEqual([]);
  });

  test('is not exported over another', async () => {
    const cwd = await withCheckpoint();
    await writeArtifact(join(cwd, 'artifact'), content);
    const refused = await patchwork(['export', '--out', 'artifact', '--engine', 'onnx'], cwd);
    expectRefusal(refused, /FOLDER_TAKEN.*artifact already holds another artifact/);
    const manifest = await readFile(join(cwd, 'artifact', 'manifest.json'));
    expect(manifest.equals(content.manifestBytes)).toBe(true);
  });
});

describe.concurrent('the registry', () => {
  test('that never published anything', async () => {
    const cwd = await workingDirectory();
    expectRefusal(await patchwork(['rollback'], cwd), /CHANNEL_EMPTY.*publish a version first/);
    const listed = expectSuccess(await patchwork(['list'], cwd));
    expect(listed).toMatch(/No version of resnet18/);
  });

  test('in a file', async () => {
    const cwd = await workingDirectory();
    await writeFile(join(cwd, 'r2'), 'mine');
    const refused = await patchwork(['list', '--registry', 'r2'], cwd);
    expectRefusal(refused, /STORE_UNAVAILABLE.*r2/);
    expect(await readFile(join(cwd, 'r2'), 'utf8')).toBe('mine');
  });
});

describe.concurrent('start', () => {
  test.each(['127.0.0.1', '0.0.0.0'])('on a port in use on %s', async (host) => {
    const server = createServer().listen(0, host);
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const cwd = await workingDirectory();
    await mkdir(join(cwd, '.patchwork', 'demo'), { recursive: true });
    await writeFile(join(cwd, '.patchwork', 'demo', 'kept'), '');
    const refused = await patchwork(['start', '--once', '--port', `${port}`], cwd);
    server.close();
    expectRefusal(refused, new RegExp(`PORT_IN_USE.*Port ${port} .*--port`));
    expect(await readdir(join(cwd, '.patchwork', 'demo'))).toEqual(['kept']);
  });
});

describe.concurrent('--debug', () => {
  test.each([
    ['before', ['--debug', 'export']],
    ['after', ['export', '--debug']],
  ])('%s the command prints the stack and the cause', async (_, args) => {
    const { code, stderr } = await patchwork(args, await workingDirectory());
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error CHECKPOINT_MISSING: /m);
    expect(stderr).toMatch(/\n {4}at .*checkpoint-file\.ts:\d+/);
    expect(stderr).toMatch(/caused by[\s\S]*ENOENT/);
  });
});
