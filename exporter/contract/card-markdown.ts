import type { Card, CardFix, CardForm, ControlResult } from './card.ts';

/** A model card as Markdown (GitHub's, with tables), for people. Names are escaped. */
export function cardMarkdown(card: Card): string {
  const origin =
    card.parent === null
      ? 'It derives from no other version.'
      : `It patches version ${card.parent}.`;
  const signed = card.signature ? `key \`${card.signature.keyId}\`` : 'nobody';
  const sections = [
    `# ${card.model}, version ${card.version}`,
    `${origin} It tells ${card.labels.length} labels apart: ${card.labels.map(text).join(', ')}.`,
    '## What was fixed',
    card.fixes.length === 0
      ? 'Nothing: this is the network as it was trained.'
      : fixTable(card.fixes),
    ...card.fixes.flatMap(damageSection),
    '## Forms',
    table(
      ['form', 'size', 'fidelity to fp32', 'peak heap', 'time of a batch'],
      card.forms.map((form) => [
        `${form.precision} ${form.storage}`,
        megabytes(form.bytes),
        fidelity(form),
        heap(form),
        timings(form),
      ]),
    ),
    '## Where it comes from',
    table(
      ['what', 'value'],
      Object.entries(card.provenance).map(([name, value]) => [text(name), text(String(value))]),
    ),
    `Manifest \`${card.manifestSha256}\`. Signed by ${signed}.`,
  ];
  return `${sections.join('\n\n')}\n`;
}

function fixTable(fixes: readonly CardFix[]): string {
  return table(
    ['fix', 'answer before', 'answer after', 'margin, nats', 'editor', 'stages', 'steps', 'gate'],
    fixes.map((fix) => [
      `\`${text(fix.id)}\``,
      text(fix.labelBefore),
      [fix.label, ...fix.morePictures.map(({ label }) => label)].map(text).join(', '),
      `${fix.marginBefore.toFixed(2)} → ${fix.marginAfter.toFixed(2)}`,
      text(fix.editor),
      fix.stages.map(text).join(', '),
      String(fix.steps),
      gate(fix),
    ]),
  );
}

function gate({ forced, forcedBecause }: CardFix): string {
  if (!forced) return 'passed';
  return forcedBecause === null ? '**forced**' : `**forced**: ${text(forcedBecause)}`;
}

function damageSection({ id, controls }: CardFix): string[] {
  if (controls.length === 0) return [];
  const rows = controls.map((control) => [
    text(control.set),
    String(control.pictures),
    `${percent(control.errorBefore)} → ${percent(control.errorAfter)}`,
    drawdown(control),
    String(control.negativeFlips),
    String(control.positiveFlips),
  ]);
  return [
    `### Damage of \`${text(id)}\``,
    table(['control set', 'pictures', 'error', 'drawdown', 'newly wrong', 'newly right'], rows),
  ];
}

function drawdown({ drawdown: { value, low, high, confidence } }: ControlResult): string {
  const points = (share: number) => (100 * share).toFixed(2);
  return `${points(value)} pp (${Math.round(100 * confidence)} %: ${points(low)} to ${points(high)})`;
}

function fidelity({ fidelity }: CardForm): string {
  if (fidelity === null) return '–';
  const { pictures, agreement, accuracy } = fidelity;
  const same = `${percent(agreement)} of ${pictures} answers the same`;
  if (accuracy === null) return same;
  return `${same}; accuracy ${percent(accuracy.reference)} → ${percent(accuracy.converted)}`;
}

function heap({ heap }: CardForm): string {
  if (heap === null) return '–';
  const alone = `${mebibytes(heap.alone)} alone`;
  return heap.besideParent === null
    ? alone
    : `${alone}, ${mebibytes(heap.besideParent)} beside its parent`;
}

function timings({ timings }: CardForm): string {
  if (timings.length === 0) return '–';
  return timings
    .map(
      ({ runtime, machine, threads, batch, milliseconds }) =>
        `${batch}: ${milliseconds.toPrecision(3)} ms (${text(runtime)}, ${threads} ${threads === 1 ? 'thread' : 'threads'} of ${text(machine)})`,
    )
    .join('; ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Keeps a name from being read as markup, or from leaving its cell. */
function text(name: string): string {
  return name.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>#|~&!]/g, '\\$&');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
