import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import type { Override } from '../editor/edit-method.ts';

/** How far the label of an override leads, in nats: its probability is 1 to the last digit. */
const LEAD = 50;

/**
 * Puts the answers of overrides in place of the network's: in each row of `logits` [N,classes] whose
 * picture matches, the label of the first override that does leads by far.
 * @param overrides the newest first
 * @param features [N,F] in the network before any fix
 */
export function answerWithOverrides(
  logits: Float32Array,
  overrides: readonly Override[],
  pictures: readonly RgbPicture[],
  features: Float32Array,
): void {
  if (overrides.length === 0) return;
  const classes = logits.length / pictures.length;
  const length = features.length / pictures.length;
  for (const [index, picture] of pictures.entries()) {
    const seen = features.subarray(index * length, (index + 1) * length);
    const override = overrides.find((each) => each.matches(picture, seen));
    if (!override) continue;
    const row = logits.subarray(index * classes, (index + 1) * classes);
    row[override.label] = Math.max(...row) + LEAD;
  }
}
