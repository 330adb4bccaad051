import type { Estimate } from '../statistics/bootstrap.ts';
import { describeMetric, type MetricDescription } from './describe-metric.ts';

/** A mean and its interval as text in the figure's unit, such as `1.20 [0.80, 1.65]`. */
export interface FormattedEstimate {
  readonly mean: string;
  readonly interval: string;
}

export function formatEstimate(name: string, { mean, low, high }: Estimate): FormattedEstimate {
  const description = describeMetric(name);
  const [a, b, c] = [mean, low, high].map((value) => formatValue(description, value));
  return { mean: a!, interval: `[${b}, ${c}]` };
}

/** `label, unit` of a figure. */
export function metricTitle(name: string): string {
  const { label, unit } = describeMetric(name);
  return unit === '' ? label : `${label}, ${unit}`;
}

function formatValue({ factor, digits }: MetricDescription, value: number): string {
  return (value * factor).toFixed(digits).replace(/^-(0(\.0*)?)$/, '$1');
}
