import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact } from '../../exporter/artifact/artifact.ts';
import { writeArtifact } from '../../exporter/artifact/artifact-folder.ts';
import { formName } from '../../exporter/format/form-kind.ts';
import { REGISTRY_DEFAULTS } from '../../exporter/registry/defaults.ts';
import { openLocalR2Store } from '../../exporter/registry/local-r2-store.ts';
import { publish } from '../../exporter/registry/publish.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { writePng } from '../data/picture-file.ts';
import { pictureAt } from '../data/picture-set.ts';
import { preconditionedSettings } from '../editor/default-settings.ts';
import type { Engine } from '../engine/engine.ts';
import { Classifier } from '../evaluation/classifier.ts';
import { describeExport } from '../export/describe-export.ts';
import { exportFinished } from '../export/export-finished.ts';
import { CHILD_EFFORT, quickForms } from '../export/quick-export.ts';
import { describePatch } from '../patch/describe-patch.ts';
import { makePatch } from '../patch/make-patch.ts';
import type { Patch } from '../patch/patch.ts';
import { savePatch } from '../patch/patch-file.ts';
import type { DemoSubject, SubjectOpener } from './demo-subject.ts';
import { type Classification, classifyOnVersion } from './edge-client.ts';
import { EdgeProcess } from './edge-process.ts';
import { surestMistake } from './find-mistake.ts';

export interface DemoOptions {
  readonly engine: Engine;
  /** That is fixed. */
  readonly network: TrainedNetwork;
  readonly openSubject: SubjectOpener;
  /** A free port. */
  readonly port: number;
  /** Where everything the demonstration makes lies; what an earlier one left there is removed. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** How far the label must win, in nats: int8 is to keep it, whose scales know photographs, not drawings. */
const MARGIN = 1;

/**
 * The whole way of one fix: finds a mistake of a network, patches it, exports what is not exported yet of
 * the network before and after, serves it by HTTP and swaps versions under the running server.
 * @returns the server, still running
 */
export async function demonstrate({
  engine,
  network,
  openSubject,
  port,
  folder,
  say,
}: DemoOptions): Promise<EdgeProcess> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const subject = await openSubject(engine, network);
  const { architecture, dataSet } = network;
  say(
    `Loaded an editable ResNet-18 of width ${architecture.width}, trained on ${dataSet.name}; rendered pictures for it.`,
  );

  const patch = await patchMistake(engine, subject, folder, say);
  await savePatch(join(folder, 'patch.safetensors'), patch);
  const versions = await exportBoth(engine, subject, patch, join(folder, 'cache'), say);
  for (const artifact of versions) {
    await writeArtifact(join(folder, `version-${artifact.manifest.version}`), artifact);
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
  { network, pictures, control }: DemoSubject,
  folder: string,
  say: (line: string) => void,
): Promise<Patch> {
  const classifier = new Classifier(engine, network.architecture);
  const { preprocessing, labelNames } = network.dataSet;
  const logits = await classifier.logitsOfSet(network.weights, pictures, preprocessing);
  await classifier.dispose();
  const mistake = surestMistake(pictures, logits);
  const labelName = labelNames[mistake.label]!;
  const file = join(folder, 'mistake.png');
  const picture = pictureAt(pictures, mistake.picture);
  await writePng(file, picture);
  say(
    `Mistake: picture ${mistake.picture} of ${pictures.name} is ${withArticle(labelName)}, the network says ${labelNames[mistake.answer]} (${(100 * mistake.confidence).toFixed(1)} %). Saved as ${file}.`,
  );
  const patch = await makePatch({
    engine,
    network,
    picture,
    labelName,
    settings: { ...preconditionedSettings(network.editing), margin: MARGIN },
    control,
  });
  for (const line of describePatch(patch, labelNames)) say(line);
  return patch;
}

/** The network before and after the patch; before it, the artifact that is there already, if one is. */
async function exportBoth(
  engine: Engine,
  { network, exportData, exportPictures, firstVersion }: DemoSubject,
  patch: Patch,
  cacheFolder: string,
  say: (line: string) => void,
): Promise<[Artifact, Artifact]> {
  const exportWith = async (patches: Patch[], version: number, parent: number | null) => {
    const exported = await exportFinished({
      engine,
      network,
      patches,
      model: REGISTRY_DEFAULTS.model,
      version,
      parent,
      control: exportData,
      controlPictures: exportPictures,
      ...(firstVersion && { usual: quickForms(patches) }),
      ...(parent !== null && { effort: CHILD_EFFORT }),
      key: null,
      cacheFolder,
    });
    for (const line of describeExport(exported)) say(line);
    return exported.artifact;
  };
  if (firstVersion) say(describeFirst(firstVersion));
  return [firstVersion ?? (await exportWith([], 1, null)), await exportWith([patch], 2, 1)];
}

async function publishVersion(folder: string, artifact: Artifact): Promise<void> {
  const store = await openLocalR2Store({ folder });
  try {
    await publish(store, artifact, { channel: REGISTRY_DEFAULTS.channel });
  } finally {
    await store.close();
  }
}

function describeFirst({ manifest: { version, model, forms } }: Artifact): string {
  const described = forms.map((form) => {
    const { graph, weights, fidelity } = form;
    const megabytes = ((graph.bytes + (weights?.bytes ?? 0)) / 1e6).toFixed(2);
    const agreement = fidelity
      ? `, ${(100 * fidelity.agreement).toFixed(2)} % of the answers of fp32 on ${fidelity.pictures} pictures`
      : '';
    return `${formName(form)}, ${megabytes} MB${agreement}`;
  });
  return `Version ${version} of ${model} comes with the network: ${described.join('; ')}.`;
}

function withArticle(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

function describeAnswer({ predictions }: Classification): string {
  return predictions
    .map(({ label, probability }) => `${label} ${(100 * probability).toFixed(1)} %`)
    .join(', ');
}
