import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeArtifact } from '../../exporter/artifact/artifact-folder.ts';
import { REGISTRY_DEFAULTS } from '../../exporter/registry/defaults.ts';
import { openLocalR2Store } from '../../exporter/registry/local-r2-store.ts';
import { publish } from '../../exporter/registry/publish.ts';
import { loadNetwork, type TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { DataSet } from '../data/data-set.ts';
import { generateEmbedded } from '../data/embedded/embedded.ts';
import { writePng } from '../data/picture-file.ts';
import { pictureAt } from '../data/picture-set.ts';
import { defaultSettings } from '../editor/default-settings.ts';
import type { Engine } from '../engine/engine.ts';
import { Classifier } from '../evaluation/classifier.ts';
import { describeExport } from '../export/describe-export.ts';
import { exportFinished } from '../export/export-finished.ts';
import type { ExportedVersion } from '../export/export-version.ts';
import { describePatch } from '../patch/describe-patch.ts';
import { makePatch } from '../patch/make-patch.ts';
import type { Patch } from '../patch/patch.ts';
import { savePatch } from '../patch/patch-file.ts';
import { type Classification, classifyOnVersion } from './edge-client.ts';
import { EdgeProcess } from './edge-process.ts';
import { surestMistake } from './find-mistake.ts';

/** The editable network that the project ships, trained on the embedded data set. */
export const SHIPPED_CHECKPOINT = fileURLToPath(
  new URL('../shipped/embedded-width16.safetensors', import.meta.url),
);

/** Few, so that nobody waits long: the edit was measured on all of them before. */
const CONTROL_PICTURES = 64;

export interface DemoOptions {
  readonly engine: Engine;
  /** A free port. */
  readonly port: number;
  /** Where everything the demonstration makes lies; what an earlier one left there is removed. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/**
 * The whole way of one fix: finds a mistake of the shipped network, patches it, exports the network
 * before and after, serves it by HTTP and swaps versions under the running server.
 * @returns the server, still running
 */
export async function demonstrate({
  engine,
  port,
  folder,
  say,
}: DemoOptions): Promise<EdgeProcess> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const network = await loadNetwork(SHIPPED_CHECKPOINT);
  const data = generateEmbedded({});
  say(
    `Loaded an editable ResNet-18 of width ${network.architecture.width}; rendered its pictures.`,
  );

  const patch = await patchMistake(engine, network, data, folder, say);
  await savePatch(join(folder, 'patch.safetensors'), patch);
  const versions = await exportBoth(engine, network, data, patch, join(folder, 'cache'));
  for (const version of versions) {
    for (const line of describeExport(version)) say(line);
    const name = `version-${version.artifact.manifest.version}`;
    await writeArtifact(join(folder, name), version.artifact);
  }

  const bucket = join(folder, 'r2');
  await publishVersion(bucket, versions[0]);
  const adminToken = randomBytes(24).toString('base64url');
  say('Starting the edge: wrangler dev, workerd, R2 emulation.');
  const edge = await EdgeProcess.start(port, bucket, { ADMIN_TOKEN: adminToken });
  try {
    const png = await readFile(join(folder, 'mistake.png'));
    const before = await classifyOnVersion(edge.address, png, 1);
    say(`Version 1 answers ${describeAnswer(before)}.`);
    const began = performance.now();
    await publishVersion(bucket, versions[1]);
    const after = await classifyOnVersion(edge.address, png, 2);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    say(`Version 2 answers ${describeAnswer(after)}, ${seconds} s after its publication began.`);
  } catch (error) {
    await edge.stop();
    throw error;
  }
  say(`Admin token of this server: ${adminToken}`);
  return edge;
}

async function patchMistake(
  engine: Engine,
  network: TrainedNetwork,
  data: DataSet,
  folder: string,
  say: (line: string) => void,
): Promise<Patch> {
  const classifier = new Classifier(engine, network.architecture);
  const logits = await classifier.logitsOfSet(network.weights, data.test, data.preprocessing);
  await classifier.dispose();
  const mistake = surestMistake(data.test, logits);
  const labelName = data.test.labelNames[mistake.label]!;
  const file = join(folder, 'mistake.png');
  const picture = pictureAt(data.test, mistake.picture);
  await writePng(file, picture);
  say(
    `Mistake: test picture ${mistake.picture} is a ${labelName}, the network says ${data.test.labelNames[mistake.answer]} (${(100 * mistake.confidence).toFixed(1)} %). Saved as ${file}.`,
  );
  const patch = await makePatch({
    engine,
    network,
    picture,
    labelName,
    settings: defaultSettings(network.editing),
    control: data,
  });
  for (const line of describePatch(patch, data.test.labelNames)) say(line);
  return patch;
}

/** The network before and after the patch. */
async function exportBoth(
  engine: Engine,
  network: TrainedNetwork,
  control: DataSet,
  patch: Patch,
  cacheFolder: string,
): Promise<[ExportedVersion, ExportedVersion]> {
  const exportWith = (patches: Patch[], version: number, parent: number | null) =>
    exportFinished({
      engine,
      network,
      patches,
      model: REGISTRY_DEFAULTS.model,
      version,
      parent,
      control,
      controlPictures: CONTROL_PICTURES,
      key: null,
      cacheFolder,
    });
  return [await exportWith([], 1, null), await exportWith([patch], 2, 1)];
}

async function publishVersion(folder: string, { artifact }: ExportedVersion): Promise<void> {
  const store = await openLocalR2Store({ folder });
  try {
    await publish(store, artifact, { channel: REGISTRY_DEFAULTS.channel });
  } finally {
    await store.close();
  }
}

function describeAnswer({ predictions }: Classification): string {
  return predictions
    .map(({ label, probability }) => `${label} ${(100 * probability).toFixed(1)} %`)
    .join(', ');
}
