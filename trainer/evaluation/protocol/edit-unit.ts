import type { RgbPicture } from '../../../exporter/contract/picture/rgb-picture.ts';
import type { EditedModel, EditMethod } from '../../editor/edit-method.ts';
import { CONTROL_KINDS } from '../control/control-set.ts';
import type { UnitOutcome } from '../run/run-evaluation.ts';
import { controlFlips, coverage, type Judge, type PictureGroup, rankOf } from './judge.ts';
import { nearbyCoverage } from './nearby-coverage.ts';

/** One edit to make and to judge. */
export interface EditUnit {
  readonly picture: RgbPicture;
  /** Its place in the set that edits are drawn from. */
  readonly index: number;
  readonly trueLabel: number;
  readonly label: number;
  /** Test pictures that do not count as damage: those that the picture comes from. */
  readonly excluded: ReadonlySet<number>;
  /** Pictures made from it that should get its label. */
  readonly groups: readonly PictureGroup[];
  /** Whether to look at every control set and at what lies near the picture, or at clean ones alone. */
  readonly thorough: boolean;
}

/** Makes an edit on the network as it is, and says what it did. */
export async function judgeEdit(
  judge: Judge,
  method: EditMethod,
  network: EditedModel,
  unit: EditUnit,
): Promise<UnitOutcome> {
  const { picture, label } = unit;
  const probe = await judge.probe(picture, unit.groups);
  try {
    const began = performance.now();
    const edit = await method.edit(network, { picture, label });
    const milliseconds = performance.now() - began;
    const after = await judge.answers(probe, edit.model);
    const kinds = unit.thorough ? CONTROL_KINDS : (['clean'] as const);
    const controls = await judge.controlAnswers(edit.model, kinds);
    const clean = controls.find(({ control }) => control.kind === 'clean');
    const near = unit.thorough && clean ? nearbyCoverage(clean, probe, unit) : {};
    const { logits, set } = probe.prepared;
    return {
      record: {
        kind: 'edit',
        picture: unit.index,
        trueLabel: unit.trueLabel,
        label,
        answerBefore: probe.before[0]!,
        rankBefore: rankOf(label, logits, set.labelNames.length),
        success: edit.success && after[0] === label,
        steps: edit.steps,
        lossBefore: edit.lossBefore,
        lossAfter: edit.lossAfter,
        controls: Object.fromEntries(
          controls.map((each) => [each.control.kind, controlFlips(each, unit.excluded)]),
        ),
        groups: { ...coverage(probe, after, label), ...near },
      },
      editMilliseconds: [milliseconds],
    };
  } finally {
    await probe.prepared.dispose();
  }
}
