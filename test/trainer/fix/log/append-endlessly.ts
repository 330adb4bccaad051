import { withLog } from '../../../../trainer/fix/log/log-writer.ts';
import { weightsDigest } from '../../../../trainer/network/weights.ts';
import { BASE } from '../../patch/hand-made-patch.ts';
import { handMadeFix } from './hand-made-fix.ts';

// A process of its own: adds one fix after another to the log in argv[2] until it is killed.
const base = { weights: weightsDigest(BASE), checkpoint: 'model.safetensors' };
process.stdout.write('ready\n');
for (;;) {
  await withLog(process.argv[2]!, { patience: 60_000 }, async (writer) => {
    const weights = await writer.log.apply(BASE);
    const count = writer.log.entries.length;
    const fix = handMadeFix(weights, [count, -count], writer.log.entries.at(-1)?.id ?? null);
    await writer.append(fix, base);
    await writer.setShipping([fix.patch.id], {
      state: 'publishing',
      model: 'm',
      version: count + 1,
    });
  });
  process.stdout.write('.\n');
}
