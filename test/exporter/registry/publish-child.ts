import { buildArtifact } from '../../../exporter/artifact/build-artifact.ts';
import { openLocalR2Store } from '../../../exporter/registry/local-r2-store.ts';
import { publish } from '../../../exporter/registry/publish.ts';
import { nextVersion } from '../../../exporter/registry/version.ts';
import { smallContent } from '../small-classifier.ts';

/** Publishes one version after the other into the folder it is given, and tells of each, until it is killed. */
const store = await openLocalR2Store({ folder: process.argv[2]! });
for (;;) {
  const version = await nextVersion(store, 'resnet18');
  await publish(store, await buildArtifact(smallContent(version)), { channel: 'live' });
  process.stdout.write(`published ${version}\n`);
}
