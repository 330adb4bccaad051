import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { readArtifact } from '../../../exporter/artifact/artifact-folder.ts';
import { EvaluationError } from '../../evaluation/run/evaluation-error.ts';
import type { FormFigures } from './figures.ts';

/** What this reads of the figures that `npm run bench -- edge` writes. */
const EdgeFiguresSchema = z.array(z.object({ form: z.string(), inference: z.number() }));

/**
 * Every form of artifacts by width: its size and heap, and its latency where that was measured.
 * @param folders as `patchwork export` writes them
 * @param benchmark a file as `npm run bench -- edge` writes it
 * @throws ArtifactError ARTIFACT_MISSING, ARTIFACT_DAMAGED
 * @throws EvaluationError RESULT_UNREADABLE, RESULT_INVALID
 */
export async function collectForms(
  folders: readonly string[],
  benchmark: string | undefined,
): Promise<FormFigures[]> {
  const served = benchmark === undefined ? [] : await readEdgeFigures(benchmark);
  const artifacts = await Promise.all(folders.map(readArtifact));
  return artifacts.flatMap(({ manifest }) =>
    manifest.forms.map(({ precision, storage, graph, weights, fidelity, heap }): FormFigures => {
      const { width } = manifest.architecture;
      // As the benchmark names a form.
      const measured = served.find(
        ({ form }) => form === `${precision} ${storage}, width ${width}`,
      );
      return {
        width,
        precision,
        storage,
        bytes: graph.bytes + (weights?.bytes ?? 0),
        agreement: fidelity?.agreement ?? null,
        inferenceMilliseconds: measured?.inference ?? null,
        heapBytes: heap?.alone ?? null,
      };
    }),
  );
}

async function readEdgeFigures(path: string): Promise<z.output<typeof EdgeFiguresSchema>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new EvaluationError(
      'RESULT_UNREADABLE',
      `${path}: it could not be read (${(cause as Error).message}); run \`npm run bench -- edge\` first.`,
      { cause },
    );
  }
  const parsed = EdgeFiguresSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new EvaluationError(
    'RESULT_INVALID',
    `${path}: it breaks at ${issue.path.join('.')}: ${issue.message}; run \`npm run bench -- edge\` again.`,
  );
}
