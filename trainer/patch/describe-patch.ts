import type { Patch } from './patch.ts';

/** What a patch did, in lines for people: before and after, steps, damage, every negative flip. */
export function describePatch(
  { constraints, report }: Patch,
  labelNames: readonly string[],
): string[] {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const { negativeFlips, positiveFlips, control } = report;
  return [
    `Answer: ${labelNames[report.labelBefore]} -> ${constraints[0]!.labelName} in ${report.steps} steps; margin ${(-report.lossBefore).toFixed(3)} -> ${(-report.lossAfter).toFixed(3)} nats.`,
    `Damage on ${control.pictures} control pictures of ${control.name}: error ${percent(report.errorBefore)} -> ${percent(report.errorAfter)}, drawdown ${(100 * report.drawdown).toFixed(3)} pp.`,
    `${negativeFlips.length} negative flips (right before, wrong after), ${positiveFlips.length} positive.`,
    ...negativeFlips.map(
      ({ picture, label, after }) =>
        `  picture ${picture}: ${labelNames[label]} -> ${labelNames[after]}`,
    ),
  ];
}
