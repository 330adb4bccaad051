/** Names and values of a sample's labels. */
export type Labels = Readonly<Record<string, string | number>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** `_bucket`, `_sum` or `_count` of a histogram. */
  readonly suffix?: string;
}

export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Prometheus' text format, version 0.0.4. `common` labels every sample. */
export function exposition(families: readonly Family[], common: Labels): string {
  return families
    .flatMap(({ name, type, help, samples }) => [
      `# HELP ${name} ${escaped(help)}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(({ labels, value, suffix = '' }) => {
        const pairs = Object.entries({ ...common, ...labels }).map(
          ([label, text]) => `${label}="${escaped(String(text)).replaceAll('"', '\\"')}"`,
        );
        return `${name}${suffix}{${pairs.join(',')}} ${value}`;
      }),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
