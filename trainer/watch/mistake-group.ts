import { decodePicture } from '../../exporter/contract/picture/decode-picture.ts';
import { PictureError } from '../../exporter/contract/picture/picture-error.ts';
import { fitPicture } from '../../exporter/contract/picture/preprocess.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { codecs } from '../data/picture-file.ts';
import { patchConstraint } from '../patch/make-patch.ts';
import type { PatchConstraint } from '../patch/patch.ts';
import { PERCEPTUAL_RADIUS } from '../rival/perceptual-cache.ts';
import { hammingDistance, perceptualHash } from '../rival/perceptual-hash.ts';
import type { MistakeReport, ReportSource } from './report-source.ts';

/** The largest picture of a report: it was sent by anybody. */
const LIMITS = { maxPixels: 12_000_000 };

/** Reports of one mistake: the same label for pictures that are, or look, the same. */
export interface MistakeGroup {
  /** The first of them, which the others repeat. */
  readonly report: MistakeReport;
  readonly constraint: PatchConstraint;
  readonly duplicates: readonly MistakeReport[];
}

export interface GroupedReports {
  readonly groups: readonly MistakeGroup[];
  /** Reports that nothing can be made of, each with the reason. */
  readonly poison: readonly Refused[];
  /** Reports whose pictures the source did not give this time. */
  readonly unread: readonly Refused[];
}

interface Refused {
  readonly report: MistakeReport;
  readonly reason: string;
}

/** Reads the pictures of reports and puts those together that say the same. */
export async function groupReports(
  source: ReportSource,
  reports: readonly MistakeReport[],
  network: TrainedNetwork,
): Promise<GroupedReports> {
  const groups: { group: MistakeGroup; hash: Uint32Array; others: MistakeReport[] }[] = [];
  const poison: Refused[] = [];
  const unread: Refused[] = [];
  for (const report of reports) {
    const constraint = await constraintOf(source, report, network).catch((error: Error) => error);
    if (constraint instanceof Error) {
      unread.push({ report, reason: constraint.message });
      continue;
    }
    if (typeof constraint === 'string') {
      poison.push({ report, reason: constraint });
      continue;
    }
    const hash = perceptualHash(constraint.picture);
    const same = groups.find(
      (each) =>
        each.group.constraint.label === constraint.label &&
        (each.group.constraint.imageSha256 === constraint.imageSha256 ||
          hammingDistance(each.hash, hash) <= PERCEPTUAL_RADIUS),
    );
    if (same) {
      same.others.push(report);
      continue;
    }
    const others: MistakeReport[] = [];
    groups.push({ group: { report, constraint, duplicates: others }, hash, others });
  }
  return { groups: groups.map(({ group }) => group), poison, unread };
}

/** What a report asks for, or why it cannot be understood. */
async function constraintOf(
  source: ReportSource,
  report: MistakeReport,
  { dataSet }: TrainedNetwork,
): Promise<PatchConstraint | string> {
  const { labelNames, preprocessing } = dataSet;
  const label = labelNames.indexOf(report.label);
  if (label < 0) return `the network knows no label "${report.label}"`;
  const bytes = await source.picture(report);
  if (bytes === null) return 'its picture is gone';
  try {
    const pixels = fitPicture(await decodePicture(bytes, LIMITS, codecs), preprocessing);
    const { height, width } = preprocessing;
    return await patchConstraint({ height, width, pixels }, label, report.label);
  } catch (error) {
    if (error instanceof PictureError) return `its picture cannot be read: ${error.message}`;
    throw error;
  }
}
