import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { attachCard } from '../../../exporter/artifact/attach-card.ts';
import { buildArtifact } from '../../../exporter/artifact/build-artifact.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { readChannel } from '../../../exporter/registry/channel.ts';
import { publish } from '../../../exporter/registry/publish.ts';
import { rollOut } from '../../../exporter/registry/rollout.ts';
import { storeVersion } from '../../../exporter/registry/store-version.ts';
import { UNSIGNED } from '../../../exporter/signing/signer.ts';
import type { ExportedVersion } from '../../../trainer/export/export-version.ts';
import { type LogWriter, withLog } from '../../../trainer/fix/log/log-writer.ts';
import { undoFix } from '../../../trainer/fix/log/undo.ts';
import { weightsDigest } from '../../../trainer/network/weights.ts';
import { applyPatches, patchId } from '../../../trainer/patch/patch.ts';
import { describeShipped } from '../../../trainer/ship/describe-shipped.ts';
import type { EdgeClient } from '../../../trainer/ship/edge-client.ts';
import { type Shipped, shipLog } from '../../../trainer/ship/ship-log.ts';
import { MemoryStore } from '../../exporter/registry/memory-store.ts';
import { STOP, stoppingStore } from '../../exporter/registry/stopping-store.ts';
import { smallContent } from '../../exporter/small-classifier.ts';
import { randomNetwork } from '../export/random-network.ts';
import { handMadeFix } from '../fix/log/hand-made-fix.ts';
import { answering, fakeEdge } from './fake-edge.ts';

const model = 'resnet18';
const network = randomNetwork({ name: 'resnet18', stem: 'cifar', width: 4, classes: 3 }, 12);
const base = { weights: weightsDigest(network.weights), checkpoint: 'model.safetensors' };
const signed = { author: 'Ada', at: '2026-01-02T03:04:05.000Z', force: false };

let folder: string;
let store: MemoryStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-ship-log-'));
  store = new MemoryStore();
  await publish(store, await version(1, base.weights), { channel: 'live' });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A version whose provenance says that it has these weights. */
async function version(number: number, weights: string) {
  const content = { ...smallContent(number), provenance: { weights } };
  return attachCard(await buildArtifact(content), { fixes: [], timings: [] });
}

const inLog = <Result>(work: (writer: LogWriter) => Promise<Result>) =>
  withLog(folder, { patience: 0 }, work);

async function fix(bias: readonly [number, number]): Promise<string> {
  return inLog(async (writer) => {
    const made = handMadeFix(await writer.log.apply(network.weights), bias);
    await writer.append(made, base);
    return made.patch.id;
  });
}

const ship = (edge: EdgeClient, into = store as MemoryStore | ReturnType<typeof stoppingStore>) =>
  inLog(
    (writer): Promise<Shipped> =>
      shipLog({
        writer,
        network,
        destination: { store: into, model, channel: 'live', signer: UNSIGNED },
        edge,
        patience: 300,
        exportState: async ({ patches, parent }) => {
          const weights = weightsDigest(applyPatches(network.weights, patches));
          return { artifact: await version(parent + 1, weights) } as ExportedVersion;
        },
      }),
  );

async function serves(): Promise<number> {
  return (await readChannel(store, model, 'live')).pointer!.version;
}

describe('a log', () => {
  test('goes live by the edge that answers right, and back where it does not', async () => {
    const id = await fix([1, 2]);
    const { edge } = await fakeEdge(() => answering(2, 'größer'));
    expect(await ship(edge)).toMatchObject({ version: 2, fixes: [id] });
    expect(await serves()).toBe(2);
    await fix([3, 4]);
    const { edge: wrong } = await fakeEdge(() => answering(3, 'klein'));
    await expect(ship(wrong)).rejects.toMatchObject({ code: 'LIVE_CHECK_FAILED' });
    expect(await serves()).toBe(2);
  });

  test('says whose trial it ends', async () => {
    await storeVersion(store, await version(2, 'of another network'), UNSIGNED);
    await rollOut(store, { model, channel: 'live', version: 2, settings: { share: 0.5 } });
    await fix([1, 2]);
    const { edge } = await fakeEdge(() => answering(3, 'größer'));
    expect(describeShipped(await ship(edge), null, 1)).toContain('The trial of version 2 is over.');
  });

  test('whose last fix is taken back waits for the edge like any other', async () => {
    const id = await fix([1, 2]);
    const { edge } = await fakeEdge(() => answering(2, 'größer'));
    await ship(edge);
    const needless = () => Promise.reject(new Error('asked for a fixer'));
    await inLog((writer) => undoFix(writer, id, needless, signed));
    await expect(ship(edge)).rejects.toMatchObject({
      code: 'LIVE_CHECK_FAILED',
      message: expect.stringMatching(/version 3/i),
    });
    expect(await serves()).toBe(2);
    const { edge: following } = await fakeEdge(() => answering(3, 'klein'));
    expect((await ship(following)).version).toBe(3);
    expect(await serves()).toBe(3);
  });

  test('whose network is served already is not rolled back from it', async () => {
    const id = await fix([1, 2]);
    const weights = await inLog(async ({ log }) => weightsDigest(await log.apply(network.weights)));
    await publish(store, await version(2, weights), { channel: 'live' });
    const { edge } = await fakeEdge(() => answering(1, 'größer'));
    await expect(ship(edge)).rejects.toMatchObject({
      code: 'LIVE_CHECK_FAILED',
      message: expect.stringMatching(/Version 2 was served before, and is left/),
    });
    expect(await serves()).toBe(2);
    const { edge: awake } = await fakeEdge(() => answering(2, 'größer'));
    expect(await ship(awake)).toMatchObject({ version: 2, fixes: [id] });
  });

  test('is asked of the edge without what a forced fix took back', async () => {
    const first = await fix([1, 2]);
    await inLog(async (writer) => {
      const made = handMadeFix(await writer.log.apply(network.weights), [3, 4], first);
      const { base: of, changed } = made.patch;
      const constraints = [{ ...made.patch.constraints[0]!, label: 0, labelName: 'klein' }];
      const id = patchId(of, changed, constraints);
      const patch = { ...made.patch, id, constraints };
      const lost = { patch: first, picture: 0, lossBefore: -0.5, lossAfter: 0.7 };
      const figures = { ...made.record.figures, regressions: [lost] };
      await writer.append({ patch, record: { ...made.record, id, figures, forced: true } }, base);
    });
    const { edge } = await fakeEdge(() => answering(2, 'klein'));
    expect((await ship(edge)).fixes).toHaveLength(2);
    expect(await serves()).toBe(2);
  });
});

test('whatever a process is killed at while it ships, the version that serves then has its card', async () => {
  await fix([1, 2]);
  const { edge } = await fakeEdge(() => answering(2, 'größer'));
  let finished = false;
  for (let step = 1; !finished; step++) {
    const copy = store.copy();
    finished = await ship(edge, stoppingStore(copy, step)).then(
      () => true,
      (error) => {
        if (error !== STOP && error.cause !== STOP) throw error;
        return false;
      },
    );
    const [entry] = await inLog(async ({ log }) => log.entries);
    await inLog((writer) => writer.setShipping([entry!.id], { state: 'none' }));
    const serving = Object.assign(new MemoryStore(), { objects: copy.objects });
    const { edge: whichever } = await fakeEdge(() => (response) => {
      void readChannel(serving, model, 'live').then(({ pointer }) =>
        answering(pointer!.version, 'größer')(response),
      );
    });
    const { version: served } = await ship(whichever, serving);
    expect(serving.objects.has(objectKey.card(model, served)), `killed at ${step}`).toBe(true);
    await inLog((writer) => writer.setShipping([entry!.id], { state: 'none' }));
  }
});
