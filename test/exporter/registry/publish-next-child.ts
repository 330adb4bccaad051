import { buildArtifact } from '../../../exporter/artifact/build-artifact.ts';
import { openLocalR2Store } from '../../../exporter/registry/local-r2-store.ts';
import { publishNext } from '../../../exporter/registry/publish-next.ts';
import { smallContent } from '../small-classifier.ts';

/** Publishes some versions into a folder, each under the next number, and tells of them as JSON. */
const [folder, publisher, count] = process.argv.slice(2) as [string, string, string];
const store = await openLocalR2Store({ folder });
const told = [];
for (let index = 1; index <= Number(count); index++) {
  const content = smallContent(1, Number(publisher) * 1000 + index);
  told.push(await publishNext(store, await buildArtifact(content), { channel: 'live' }));
}
await store.close();
process.stdout.write(JSON.stringify(told));
