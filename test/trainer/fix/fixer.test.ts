import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { normalise } from '../../../exporter/contract/picture/preprocess.ts';
import type { TrainedNetwork } from '../../../trainer/checkpoint/checkpoint.ts';
import { dataSet } from '../../../trainer/data/data-set.ts';
import { pictureDigest } from '../../../trainer/data/picture-digest.ts';
import { type PictureSet, pictureAt } from '../../../trainer/data/picture-set.ts';
import { createEditor } from '../../../trainer/editor/editors.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { Classifier } from '../../../trainer/evaluation/classifier.ts';
import { neighboursOf } from '../../../trainer/evaluation/neighbour/neighbour.ts';
import { topClasses } from '../../../trainer/evaluation/top-class.ts';
import { havePictures, rehearsable } from '../../../trainer/fix/control/stored-controls.ts';
import { fixAndLog } from '../../../trainer/fix/fix-and-log.ts';
import type { FixRecord } from '../../../trainer/fix/fix-record.ts';
import type { CandidateSource, Fix } from '../../../trainer/fix/fix-request.ts';
import type { Fixer } from '../../../trainer/fix/fixer.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from '../../../trainer/fix/gate/thresholds.ts';
import { bisectFixes, firstBad } from '../../../trainer/fix/log/bisect.ts';
import type { LogEntry } from '../../../trainer/fix/log/log-state.ts';
import { withLog } from '../../../trainer/fix/log/log-writer.ts';
import { PatchLog } from '../../../trainer/fix/log/patch-log.ts';
import { rebaseLog } from '../../../trainer/fix/log/rebase.ts';
import { undoFix } from '../../../trainer/fix/log/undo.ts';
import { NearPictures } from '../../../trainer/fix/near-pictures.ts';
import { openFixer } from '../../../trainer/fix/open-fixer.ts';
import { candidates } from '../../../trainer/fix/search/candidate.ts';
import type { CandidateRow } from '../../../trainer/fix/search/search-edits.ts';
import { type Weights, weightsDigest } from '../../../trainer/network/weights.ts';
import { patchConstraint } from '../../../trainer/patch/make-patch.ts';
import { applyPatches, type Patch, type PatchConstraint } from '../../../trainer/patch/patch.ts';
import { giveUpGroup, settleGroup } from '../../../trainer/watch/settle-group.ts';
import { stripes } from '../training/stripes.ts';
import { trainedNetwork } from '../training/trained-network.ts';

const data = stripes({ test: 60 });
const { labelNames } = data.test;
const engine = createOnnxEngine();
/** So small a network takes every edit hard: only what a test is about may refuse. */
const LENIENT: Thresholds = {
  ...DEFAULT_THRESHOLDS,
  neighbours: 0.4,
  cleanDrawdown: 1,
  cleanFlips: 1,
  boundaryFlips: 1,
  corruptedFlips: 1,
  overReach: 1,
  totalDrawdown: 1,
};
/** What such a network does not pass. */
const STRICT: Thresholds = {
  ...LENIENT,
  margin: 0.3,
  neighbours: 1,
  overReach: 0,
  cleanFlips: 0,
};
/** Of all candidates, as few as a search can be told by. */
const TRIED = [
  'scaled-gradient-descent 0.1 on head',
  'gradient-descent 0.01 on layer3',
  'rmsprop 0.0003 on layer3',
];
const SIGNED = { author: 'Ada', at: '2026-01-02T03:04:05.000Z' };

let network: TrainedNetwork;
let folder: string;
let fixer: Fixer;
let classifier: Classifier;
let first: PatchConstraint;
let second: PatchConstraint;
let firstFix: Fix;

const open = (
  of: TrainedNetwork,
  thresholds: Thresholds,
  loadData = async () => data,
  source: CandidateSource = (options) =>
    candidates(options).filter(({ name }) => TRIED.includes(name)),
) =>
  openFixer({
    engine,
    network: of,
    loadData,
    fingerprint: of.dataSet.fingerprint,
    control: 40,
    seed: 1,
    thresholds,
    cacheFolder: join(folder, 'cache'),
    candidates: source,
  });

async function logitsOf(weights: Weights, pixels: Uint8Array): Promise<number[]> {
  const image = normalise(pixels, data.preprocessing);
  return [...(await classifier.logits(weights, image, data.preprocessing))];
}

/** By how much the label of a constraint wins, computed by the whole network. */
async function lead(weights: Weights, { picture, label }: PatchConstraint): Promise<number> {
  const row = await logitsOf(weights, picture.pixels);
  return row[label]! - Math.max(...row.filter((_, other) => other !== label));
}

/** A test picture that is to get the label that the network ranks second. */
async function wish(index: number): Promise<PatchConstraint> {
  const picture = pictureAt(data.test, index);
  const row = await logitsOf(network.weights, picture.pixels);
  const [, label] = [0, 1, 2].sort((a, b) => row[b]! - row[a]!);
  return patchConstraint(picture, label!, labelNames[label!]!);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-fixer-'));
  network = await trainedNetwork(engine, data);
  classifier = new Classifier(engine, network.architecture);
  fixer = await open(network, LENIENT);
  [first, second] = [await wish(4), await wish(17)];
  firstFix = await fixer.fix({ current: network.weights, earlier: [], constraints: [first] });
});
afterAll(async () => {
  await fixer.dispose();
  await classifier.dispose();
  await rm(folder, { recursive: true });
});

describe('a fix', () => {
  test('gives the picture its label by the margin, and enough neighbours', async () => {
    expect(await lead(network.weights, first)).toBeLessThan(0);
    expect(await lead(firstFix.weights, first)).toBeGreaterThan(LENIENT.margin - 1e-4);
    const neighbours = neighboursOf(first.picture, 1);
    let following = 0;
    for (const { picture } of neighbours) {
      if ((await lead(firstFix.weights, { ...first, picture })) > 0) following++;
    }
    const said = firstFix.record.figures.pictures[0]!.neighbours;
    expect(said.reduce((sum, { after }) => sum + after, 0)).toBe(following);
    expect(following / neighbours.length).toBeGreaterThanOrEqual(LENIENT.neighbours);
  });

  test('says which control pictures it breaks, as the whole network answers them', async () => {
    const answers = async (weights: Weights) => {
      const logits = await classifier.logitsOfSet(weights, data.test, data.preprocessing);
      return Array.from({ length: data.test.count }, (_, index) => {
        const row = [...logits.subarray(3 * index, 3 * index + 3)];
        return row.indexOf(Math.max(...row));
      });
    };
    const [before, after] = [await answers(network.weights), await answers(firstFix.weights)];
    const { clean } = firstFix.record.figures.controls;
    expect(clean!.pictures).toBeGreaterThanOrEqual(39);
    const { parts, sources } = fixer.bench.controls;
    const { start, count } = parts.find(({ kind }) => kind === 'clean')!;
    const broken = sources
      .slice(start, start + count)
      .filter((index) => before[index] === data.test.labels[index] && index !== 4)
      .filter((index) => after[index] !== data.test.labels[index]);
    expect(clean!.negativeFlips.map(({ picture }) => picture)).toEqual(broken);
  });

  test('takes no larger step than it needs', async () => {
    const { patch, record } = firstFix;
    expect(record.candidates.filter(({ state }) => state === 'chosen')).toHaveLength(1);
    const shorter = new Map(
      [...network.weights].map(([name, { shape, data: from }]) => {
        const to = patch.changed.get(name)?.data ?? from;
        const part = 1 - 1 / 16 / record.share;
        return [name, { shape, data: from.map((value, i) => value + part * (to[i]! - value)) }];
      }),
    );
    const neighbours = neighboursOf(first.picture, 1);
    let following = 0;
    for (const { picture } of neighbours) {
      if ((await lead(shorter, { ...first, picture })) > 0) following++;
    }
    const holds = (await lead(shorter, first)) >= LENIENT.margin;
    expect(holds && following / neighbours.length >= LENIENT.neighbours).toBe(false);
  });

  test('is a patch that applies, and is the same each time', async () => {
    const applied = applyPatches(network.weights, [firstFix.patch]);
    expect(weightsDigest(applied)).toBe(firstFix.record.weights);
    const again = await fixer.fix({ current: network.weights, earlier: [], constraints: [first] });
    expect(again.patch).toEqual(firstFix.patch);
    expect({ ...again.record, stages: [] }).toEqual({ ...firstFix.record, stages: [] });
  });

  test('carries over to views, and is judged by neighbours that are none of them', async () => {
    const seen = ({ picture }: Pick<PatchConstraint, 'picture'>) => pictureDigest(picture.pixels);
    const near = await NearPictures.open(fixer.bench, [first, second], [], 1);
    for (const [index, neighbours] of near.neighbours.entries()) {
      const { label } = [first, second][index]!;
      const views = near.views.filter((view) => view.label === label);
      expect(views.length).toBeGreaterThanOrEqual(9);
      expect(views.map(seen).filter((view) => neighbours.map(seen).includes(view))).toEqual([]);
    }
    await near.dispose();
    // So small a network is moved by larger steps alone.
    const editor = createEditor('adam', { rate: 3e-3 });
    const rehearsing = await open(network, LENIENT, undefined, (options) =>
      candidates(options)
        .filter(({ settings }) => settings.rehearsal)
        .map((each) => ({ ...each, settings: { ...each.settings, editor } })),
    );
    const request = { current: network.weights, earlier: [], constraints: [first] };
    const { patch, record } = await rehearsing.fix(request);
    await rehearsing.dispose();
    expect(record.decision.verdict).toBe('accept');
    const there = rehearsable(rehearsing.bench.controls);
    expect(there).toBeGreaterThan(0);
    expect(there).toBeLessThan(128);
    expect(patch.settings).toMatchObject({ rehearsal: { pictures: there, batch: 32 }, views: 0.6 });
    expect(record.candidate).toContain(`rehearsing ${there}`);
  });

  test('can be for several pictures at once', async () => {
    const { weights, patch } = await fixer.fix({
      current: network.weights,
      earlier: [],
      constraints: [first, second],
    });
    expect(patch.constraints).toHaveLength(2);
    expect(await lead(weights, first)).toBeGreaterThan(LENIENT.margin - 1e-4);
    expect(await lead(weights, second)).toBeGreaterThan(LENIENT.margin - 1e-4);
  });

  test('keeps the fixes before it', async () => {
    const { weights, record } = await fixer.fix({
      current: firstFix.weights,
      earlier: [firstFix.patch],
      constraints: [second],
    });
    expect(record.decision.verdict).toBe('accept');
    expect(await lead(weights, first)).toBeGreaterThan(0);
    expect(await lead(weights, second)).toBeGreaterThan(0);
    const [held] = record.figures.regressions;
    expect(held).toMatchObject({ patch: firstFix.patch.id, picture: 0 });
    expect(-held!.lossAfter).toBeCloseTo(await lead(weights, first), 3);
    const kept = Math.min(DEFAULT_THRESHOLDS.earlierMargin, -held!.lossBefore / 2);
    expect(-held!.lossAfter).toBeGreaterThanOrEqual(kept);
  });

  test('that breaks an earlier one alone is made with it, before slower candidates are tried', async () => {
    const all = await open(network, LENIENT, undefined, candidates);
    const fix = (constraint: PatchConstraint) =>
      all.fix({ current: firstFix.weights, earlier: [firstFix.patch], constraints: [constraint] });
    const slow = ({ name, state }: FixRecord['candidates'][number]) =>
      !name.startsWith('preconditioned') && state !== 'waiting';
    const label = first.label === 1 ? 2 : 1;
    const far = await patchConstraint(pictureAt(data.test, 49), 1, labelNames[1]!);
    const { record, weights } = await fix(far);
    expect(record).toMatchObject({
      strategy: 'with-earlier-fixes',
      decision: { verdict: 'accept' },
    });
    expect(record.candidates.filter(slow)).toEqual([]);
    for (const each of [first, far]) expect(await lead(weights, each)).toBeGreaterThan(0);
    const opposite = await patchConstraint(first.picture, label, labelNames[label]!);
    const contradicting = await fix(opposite);
    expect(contradicting.record.decision.verdict).not.toBe('accept');
    expect(contradicting.record.candidates.filter(slow)).toEqual([]);
    expect(contradicting.record.reason).not.toMatch(/lets it through/);
    await all.dispose();
  });

  test('is made with an earlier one where the edit that spares it leaves the neighbours behind', async () => {
    const demanding = await open(network, { ...LENIENT, neighbours: 0.85 }, undefined, (options) =>
      candidates(options).filter(({ settings }) => settings.editor.preconditioned),
    );
    const constraint = await patchConstraint(pictureAt(data.test, 6), 1, labelNames[1]!);
    let alone: readonly CandidateRow[] = [];
    const { record, weights } = await demanding.fix({
      current: firstFix.weights,
      earlier: [firstFix.patch],
      constraints: [constraint],
      observe: (strategy, rows) => {
        if (strategy === 'alone') alone = rows;
      },
    });
    await demanding.dispose();
    const [spares, follows] = alone.map(({ damage }) => damage!);
    expect([spares!.short, spares!.broken, follows!.short, follows!.broken]).toEqual([
      true,
      0,
      false,
      1,
    ]);
    expect(record).toMatchObject({
      strategy: 'with-earlier-fixes',
      decision: { verdict: 'accept' },
    });
    for (const each of [first, constraint]) expect(await lead(weights, each)).toBeGreaterThan(0);
  });

  test('that contradicts an earlier one is refused, naming it and by how much', async () => {
    const label = [0, 1, 2].find((each) => each !== first.label)!;
    const opposite = await patchConstraint(first.picture, label, labelNames[label]!);
    const { record } = await fixer.fix({
      current: firstFix.weights,
      earlier: [firstFix.patch],
      constraints: [opposite],
    });
    expect(record.decision.verdict).not.toBe('accept');
    const reasons = record.decision.reasons.join('\n');
    expect(reasons).toMatch(new RegExp(`breaks fix ${firstFix.patch.id}, picture 1 .* nats ahead`));
    expect(reasons).toMatch(/says ".*" of the same picture/);
  });

  test('of what the network says already is not made', async () => {
    const request = { current: firstFix.weights, earlier: [], constraints: [first] };
    await expect(fixer.fix(request)).rejects.toMatchObject({ code: 'EDIT_NEEDLESS' });
  });

  test('may be preconditioned, in another process by what the first one kept', async () => {
    const preconditioned: CandidateSource = (options) =>
      candidates(options).filter(({ name }) => name.startsWith('preconditioned'));
    const request = { current: network.weights, earlier: [], constraints: [first] };
    const fixWith = async (loadData: () => Promise<typeof data>) => {
      const another = await open(network, LENIENT, loadData, preconditioned);
      const fix = await another.fix(request);
      await another.dispose();
      return fix;
    };
    const fix = await fixWith(async () => data);
    expect([...fix.patch.changed.keys()]).toEqual(['fc.weight']);
    expect(await lead(fix.weights, first)).toBeGreaterThan(LENIENT.margin - 1e-4);
    const again = await fixWith(() => Promise.reject(new Error('asked for the data set')));
    expect(again.patch.id).toBe(fix.patch.id);
  });

  test('is made of a network that gets no control picture right', async () => {
    const wrong = async (set: PictureSet) => {
      const logits = await classifier.logitsOfSet(network.weights, set, data.preprocessing);
      return { ...set, labels: topClasses(logits, 3).map((answer) => (answer + 1) % 3) };
    };
    const parts = { train: await wrong(data.train), test: await wrong(data.test) };
    const mislabelled = dataSet('mislabelled', parts.train, parts.test, data.preprocessing);
    const dataOf = { ...network.dataSet, fingerprint: mislabelled.fingerprint() };
    const other = await open({ ...network, dataSet: dataOf }, LENIENT, async () => mislabelled);
    const fix = await other.fix({ current: network.weights, earlier: [], constraints: [first] });
    await other.dispose();
    expect(await lead(fix.weights, first)).toBeGreaterThan(LENIENT.margin - 1e-4);
    const { clean } = fix.record.figures.controls;
    expect(clean).toMatchObject({ errorBefore: 1, negativeFlips: [] });
  });

  test('takes nothing from what was kept of the same weights behind other channel statistics', async () => {
    const preprocessing = { ...data.preprocessing, mean: data.preprocessing.std };
    const dataOf = { ...network.dataSet, preprocessing };
    let loaded = false;
    const other = await open({ ...network, dataSet: dataOf }, LENIENT, async () => {
      loaded = true;
      return { ...data, preprocessing };
    });
    const { controls } = other.bench;
    if (!havePictures(controls)) throw new Error('The pictures are missing.');
    const answers = await other.bench.logits(network.weights);
    await other.dispose();
    expect(loaded).toBe(true);
    const { weights } = network;
    const expected = await classifier.logitsOfSet(weights, controls.set, preprocessing);
    answers.forEach((logit, at) => {
      expect(logit).toBeCloseTo(expected[at]!, 3);
    });
  });

  test('in another process needs no data set, and comes out the same', async () => {
    const refuse = () => Promise.reject(new Error('asked for the data set'));
    const other = await open(network, LENIENT, refuse);
    const again = await other.fix({ current: network.weights, earlier: [], constraints: [first] });
    await other.dispose();
    expect(again.patch.id).toBe(firstFix.patch.id);
  });
});

describe('a log of fixes', () => {
  let log: string;
  const add = (of: Fixer, constraint: PatchConstraint, force = false, into = log) =>
    withLog(into, { patience: 60_000 }, (writer) =>
      fixAndLog({
        writer,
        fixer: of,
        checkpoint: 'model.safetensors',
        constraints: [constraint],
        force,
        ...SIGNED,
      }),
    );
  const read = () => PatchLog.read(log);

  beforeAll(async () => {
    log = join(folder, 'log');
    expect((await add(fixer, first)).kind).toBe('logged');
    expect((await add(fixer, second)).kind).toBe('logged');
  });

  test('knows a fix that is asked for again', async () => {
    const [entry] = (await read()).entries;
    expect(await add(fixer, first)).toEqual({ kind: 'known', id: entry!.id });
    expect((await read()).entries).toHaveLength(2);
  });

  test('does not know a fix that a forced one has taken back', async () => {
    const copy = join(folder, 'taken-back');
    await cp(log, copy, { recursive: true });
    const label = [0, 1, 2].find((each) => each !== first.label)!;
    const opposite = await patchConstraint(first.picture, label, labelNames[label]!);
    expect((await add(fixer, opposite, true, copy)).kind).toBe('logged');
    expect((await add(fixer, opposite, false, copy)).kind).toBe('known');
    expect((await add(fixer, first, false, copy)).kind).toBe('refused');
  });

  test('has nothing of a report that is given up, unless that has arrived at the edge', async () => {
    const copy = join(folder, 'given-up');
    await cp(log, copy, { recursive: true });
    const { entries } = await read();
    const giveUp = (constraint: PatchConstraint) =>
      withLog(copy, { patience: 0 }, (writer) =>
        giveUpGroup(
          { report: { id: 'again', label: constraint.labelName }, constraint, duplicates: [] },
          { writer, ...SIGNED },
          'It failed 3 times.',
        ),
      );
    const live = { state: 'live', model: 'resnet18', version: 5, at: SIGNED.at } as const;
    await withLog(copy, { patience: 0 }, (writer) => writer.setShipping([entries[0]!.id], live));
    expect(await giveUp(first)).toEqual({ state: 'fixed', version: 5, fix: entries[0]!.id });
    const rejected = { state: 'rejected', reason: 'It failed 3 times.' };
    expect(await giveUp(second)).toEqual(rejected);
    expect(await giveUp(second)).toEqual(rejected);
    expect((await PatchLog.read(copy)).entries.map(({ id }) => id)).toEqual([entries[0]!.id]);
  });

  test('answers for a report of a picture that an earlier fix has mended as well', async () => {
    const { log: logged, weights } = await withLog(log, { patience: 0 }, async ({ log: held }) => ({
      log: held,
      weights: await held.apply(network.weights),
    }));
    const alike: { lead: number; constraint: PatchConstraint }[] = [];
    for (const { picture } of [first, ...neighboursOf(first.picture, 1)]) {
      const pixels = picture.pixels.map((value, index) => (index === 0 ? value ^ 1 : value));
      const constraint = await patchConstraint(
        { ...picture, pixels },
        first.label,
        first.labelName,
      );
      if ((await lead(network.weights, constraint)) > 0) continue;
      alike.push({ lead: await lead(weights, constraint), constraint });
    }
    const [surest] = alike.sort((one, other) => other.lead - one.lead);
    const earlier = await open(network, { ...LENIENT, margin: surest!.lead / 2 });
    const settle = (constraint: PatchConstraint) =>
      withLog(log, { patience: 0 }, (writer) =>
        settleGroup(
          { report: { id: 'again', label: constraint.labelName }, constraint, duplicates: [] },
          {
            writer,
            fixer: earlier,
            checkpoint: 'model.safetensors',
            ...SIGNED,
            ship: async () => ({ version: 7, fixes: [], endedTrial: null, stages: [] }),
          },
        ),
      );
    const [behind] = logged.entries;
    expect(await settle(surest!.constraint)).toEqual({
      state: 'fixed',
      version: 7,
      fix: behind!.id,
    });
    await earlier.dispose();
    expect((await read()).entries).toEqual(logged.entries);
  });

  test('takes what the gate refuses by force alone, and says so', async () => {
    const strict = await open(network, STRICT);
    const third = await wish(30);
    const refused = await add(strict, third);
    expect(refused.kind).toBe('refused');
    expect((await read()).entries).toHaveLength(2);
    const forced = await add(strict, third, true);
    expect(forced).toMatchObject({ kind: 'logged', fix: { record: { forced: true } } });
    const copy = join(folder, 'forced');
    await cp(log, copy, { recursive: true });
    const [, middle, last] = (await read()).entries as [LogEntry, LogEntry, LogEntry];
    await withLog(copy, { patience: 0 }, (writer) =>
      undoFix(writer, middle.id, async () => strict, { ...SIGNED, force: true }),
    );
    await strict.dispose();
    for (const written of [await read(), await PatchLog.read(copy)]) {
      const { id } = written.entries.at(-1)!;
      const { decision } = await written.record(id);
      const { forcedBecause } = await written.patch(id);
      for (const reason of decision.reasons) expect(forcedBecause).toContain(reason);
    }
    const [unforced] = await (await read()).patches();
    expect(unforced!.forcedBecause).toBeUndefined();
    await withLog(log, { patience: 0 }, (writer) =>
      undoFix(writer, last.id, async () => fixer, { ...SIGNED, force: false }),
    );
    expect((await read()).entries).toHaveLength(2);
  });

  test('is carried over to another network, which may need a fix no longer', async () => {
    const retrained = { ...network, weights: firstFix.weights };
    const other = await open(retrained, LENIENT);
    const copy = join(folder, 'rebased');
    await cp(log, copy, { recursive: true });
    const replayed = await withLog(copy, { patience: 0 }, (writer) =>
      rebaseLog(writer, other, 'retrained.safetensors', { ...SIGNED, force: false }),
    );
    await other.dispose();
    expect(replayed.map(({ record }) => record.strategy)).toEqual([
      'held',
      expect.not.stringMatching('held'),
    ]);
    const rebased = await PatchLog.read(copy);
    const weights = await rebased.apply(retrained.weights);
    expect(await lead(weights, first)).toBeGreaterThan(0);
    expect(await lead(weights, second)).toBeGreaterThan(0);
    await expect(rebased.apply(network.weights)).rejects.toMatchObject({ code: 'BASE_CHANGED' });
  });

  test('that was forced is carried over by force alone, and says so again', async () => {
    const forcedLog = join(folder, 'forced-alone');
    const strict = await open(network, STRICT);
    await add(strict, await wish(30), true, forcedLog);
    await strict.dispose();
    const other = await open({ ...network, weights: firstFix.weights }, STRICT);
    const rebase = (force: boolean) =>
      withLog(forcedLog, { patience: 0 }, (writer) =>
        rebaseLog(writer, other, 'retrained.safetensors', { ...SIGNED, force }),
      );
    const before = await PatchLog.read(forcedLog);
    await expect(rebase(false)).rejects.toMatchObject({ code: 'REPLAY_REJECTED' });
    expect((await PatchLog.read(forcedLog)).state).toEqual(before.state);
    const [replayed] = await rebase(true);
    await other.dispose();
    const after = await PatchLog.read(forcedLog);
    const { id } = after.entries[0]!;
    expect(id).toBe(replayed!.patch.id);
    const record = await after.record(id);
    expect(record).toMatchObject({
      forced: true,
      decision: { verdict: expect.not.stringMatching('accept') },
    });
    expect((await after.patch(id)).forcedBecause).toBe(record.decision.reasons.join('; '));
  });

  test('names the fix that broke a picture', async () => {
    const patches = await (await read()).patches();
    const label = (await logitsOf(network.weights, second.picture.pixels)).reduce(
      (best, value, index, all) => (value > all[best]! ? index : best),
      0,
    );
    const found = await bisectFixes(engine, network, patches, second.picture);
    const afterFirst = await logitsOf(
      applyPatches(network.weights, patches.slice(0, 1)),
      second.picture.pixels,
    );
    const position = afterFirst.indexOf(Math.max(...afterFirst)) === label ? 2 : 1;
    expect(found).toMatchObject({ position, label: labelNames[label] });
    expect(found.patch.id).toBe(patches[position - 1]!.id);
    await expect(
      bisectFixes(engine, network, patches, second.picture, second.labelName),
    ).rejects.toMatchObject({ code: 'NOTHING_BROKE' });
  });

  test('names the fix that broke a picture which another had mended', async () => {
    const towards = (weights: Weights, label: number): Patch => {
      const bias = Float32Array.from({ length: 3 }, (_, index) => (index === label ? 100 : 0));
      const changed = new Map([['fc.bias', { shape: [3], data: bias }]]);
      return { ...firstFix.patch, id: `to-${label}`, base: weightsDigest(weights), changed };
    };
    const [wrong, right] = [0, 1, 2].filter((label) => label !== second.label);
    const patches: Patch[] = [];
    for (const label of [wrong!, second.label, second.label, right!]) {
      patches.push(towards(applyPatches(network.weights, patches), label));
    }
    const bisect = (some: readonly Patch[]) =>
      bisectFixes(engine, network, some, second.picture, second.labelName);
    expect(await bisect(patches)).toMatchObject({ position: 4, answer: labelNames[right!] });
    await expect(bisect(patches.slice(0, 1))).rejects.toMatchObject({ code: 'NOTHING_BROKE' });
  });

  test('makes the later fixes again when one in the middle is undone', async () => {
    const before = await read();
    const { id } = before.entries[0]!;
    const replayed = await withLog(log, { patience: 0 }, (writer) =>
      undoFix(writer, id, async () => fixer, { ...SIGNED, force: false }),
    );
    expect(replayed).toHaveLength(1);
    const after = await read();
    const weights = await after.apply(network.weights);
    expect(await lead(weights, second)).toBeGreaterThan(LENIENT.margin - 1e-4);
    expect(after.state!.removed.slice(-2).map(({ why }) => why)).toEqual(['undone', 'replayed']);
    // What is made again starts from the parent of what was undone: nothing of the first fix is left.
    const alone = await fixer.fix({ current: network.weights, earlier: [], constraints: [second] });
    expect(weightsDigest(weights)).toBe(alone.record.weights);
  });
});

test.each([1, 2, 7, 50])(
  'bisection finds change %i of 50 in at most six questions',
  async (change) => {
    let asked = 0;
    const place = await firstBad(0, 50, async (index) => {
      asked++;
      return index < change;
    });
    expect(place).toBe(change);
    expect(asked).toBeLessThanOrEqual(6);
  },
);
