import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { saveEmbeddedCheckpoint } from './embedded-checkpoint.ts';
import { expectRefusal, expectSuccess, patchwork, workingDirectory } from './run-command.ts';

describe.concurrent('what makes no sense is refused', () => {
  test.each<[string[], RegExp]>([
    [['--method', 'rmsprob'], /no method "rmsprob".*rmsprop.*cache-exact/],
    [['--method', 'rmsprop:rate=fast'], /such as rate=0\.001/],
    [['--method', 'cache-exact:rate=1'], /cache-exact is no editor/],
    [['--method', 'adam', '--method', 'adam'], /adam is given twice/],
    [['--protocol', 'fair'], /--protocol.*paper, likely, honest/],
    [['--edits', '0'], /--edits.*at least 1/],
    [['--shard', '4/4'], /such as 0\/4 to 3\/4/],
    [['--shard', '0/4'], /OPTIONS_INVALID.*give --json FILE/],
    [['--shard', '0/4', '--json', 'a.json', '--report', 'a.html'], /OPTIONS_INVALID.*--merge/],
    [['--data', 'photos'], /Give folder: and the path/],
    [['--with-images'], /OPTIONS_INVALID.*--report FILE/],
    [['--merge', 'none.json'], /RESULT_UNREADABLE.*none\.json/],
    [['--compare', 'a.json', '--json', 'b.json'], /OPTIONS_INVALID.*leave out --merge and --json/],
  ])('evaluate %j', async (args, what) => {
    expectRefusal(await patchwork(['evaluate', ...args], tmpdir()), what);
  });
});

describe('an evaluation', () => {
  let cwd: string;
  const evaluate = (...args: string[]) =>
    patchwork(['evaluate', '--checkpoint', 'net.safetensors', '--engine', 'onnx', ...args], cwd);
  const EDITS = ['--edits', '2', '--protocol', 'honest', '--control', '40', '--steps', '2'];
  const METHODS = ['--method', 'scaled-gradient-descent', '--method', 'cache-exact'];

  beforeAll(async () => {
    cwd = await workingDirectory();
    await saveEmbeddedCheckpoint(join(cwd, 'net.safetensors'));
  });

  const resultIn = async (file: string) => {
    const { measured: _, ...result } = JSON.parse(await readFile(join(cwd, file), 'utf8'));
    return result;
  };

  test('without edits gives the accuracy, in a file too, and the mistakes that people would make', async () => {
    // As numpy.save writes it: nobody can tell any class from another.
    const head = "{'descr': '<f8', 'fortran_order': False, 'shape': (2000, 10), }\n";
    const numpy = Buffer.concat([
      Buffer.from(`\x93NUMPY\x01\0${String.fromCharCode(head.length)}\0${head}`, 'latin1'),
      Buffer.from(new Float64Array(20_000).fill(5).buffer),
    ]);
    await writeFile(join(cwd, 'people.npy'), numpy);
    const asked = ['--json', 'accuracy.json', '--label-uncertainty', 'people.npy'];
    const text = expectSuccess(await evaluate(...asked));
    const { base, plan } = await resultIn('accuracy.json');
    expect(plan).toMatchObject({ data: { name: 'embedded', pictures: 2000 }, experiments: [] });
    expect(text).toContain(`Accuracy ${(100 * base.accuracy).toFixed(2)} % on 2000 test pictures`);
    const { measured } = JSON.parse(await readFile(join(cwd, 'accuracy.json'), 'utf8'));
    expect(measured.commands).toEqual([
      'npx patchwork evaluate --checkpoint net.safetensors --engine onnx --json accuracy.json --label-uncertainty people.npy',
    ]);
    const mistakes = Math.round(base.error * 2000);
    expect(text).toContain(`Of ${mistakes} mistakes ${mistakes} are arguable`);
    expect(base.arguable).toMatchObject({ mistakes, error: 0 });
  });

  test('in parts gives what it gives as a whole, and reports, with the edited pictures only when asked', {
    timeout: 180_000,
  }, async () => {
    const shown = ['--json', 'whole.json', '--report', 'pictures.html', '--with-images'];
    expectSuccess(await evaluate(...EDITS, ...METHODS, ...shown));
    const pictures = await readFile(join(cwd, 'pictures.html'), 'utf8');
    expect(pictures.match(/<img /g)).toHaveLength(2);
    for (const shard of ['0/2', '1/2']) {
      const json = `part-${shard[0]}.json`;
      expectSuccess(await evaluate(...EDITS, ...METHODS, '--shard', shard, '--json', json));
    }
    const parts = ['part-1.json', 'part-0.json'];
    expectRefusal(
      await patchwork(['evaluate', '--merge', parts[0]!, '--json', 'merged.json'], cwd),
      /UNITS_MISSING.*shard 0\/2/,
    );
    const merge = ['evaluate', '--merge', ...parts, '--json', 'merged.json', '--report', 'r.html'];
    const text = expectSuccess(await patchwork(merge, cwd));
    expect(text).toMatch(/scaled-gradient-descent +cache-exact/);
    expect(await resultIn('merged.json')).toEqual(await resultIn('whole.json'));
    expect(await readFile(join(cwd, 'r.html'), 'utf8')).not.toContain('<img');
    expect((await readdir(cwd)).filter((file) => /journal|partial/.test(file))).toEqual([]);
    const compared = ['evaluate', '--compare', 'whole.json', 'merged.json', '--report', 'c.html'];
    expect(expectSuccess(await patchwork(compared, cwd))).toContain('cache-exact, merged');
    expect(existsSync(join(cwd, 'c.html'))).toBe(true);
  });

  test('does not go on from another one that was interrupted', async () => {
    await writeFile(join(cwd, 'other.json.journal'), '{"fingerprint":"of another","shard":null}\n');
    expectRefusal(
      await evaluate(...EDITS, '--method', 'cache-exact', '--json', 'other.json'),
      /JOURNAL_MISMATCH.*other\.json\.journal/,
    );
    expect(existsSync(join(cwd, 'other.json'))).toBe(false);
  });
});
