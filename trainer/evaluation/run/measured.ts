import { z } from 'zod';
import { quantile } from '../statistics/quantile.ts';

/**
 * What depends on the machine, the moment and the way of asking. It is kept apart, since it alone differs
 * between two runs of one plan.
 */
export const MeasuredSchema = z.strictObject({
  /** Milliseconds of each edit by experiment; a process's first edit of one, which compiles, is left out. */
  editMilliseconds: z.array(z.array(z.number())),
  /** The most memory that a process held, in bytes (its resident set's high-water mark). */
  peakMemoryBytes: z.number(),
  /** Seconds of all processes together. */
  seconds: z.number(),
  processes: z.int().min(1),
  /** The command line of every process; none in results of before they were kept. */
  commands: z.array(z.string()).default([]),
});
export type Measured = Readonly<z.output<typeof MeasuredSchema>>;

/** The measurements of several processes as one. */
export function joinMeasured(parts: readonly Measured[]): Measured {
  const experiments = parts[0]?.editMilliseconds.length ?? 0;
  return {
    editMilliseconds: Array.from({ length: experiments }, (_, experiment) =>
      parts.flatMap((part) => part.editMilliseconds[experiment] ?? []),
    ),
    peakMemoryBytes: Math.max(...parts.map((part) => part.peakMemoryBytes)),
    seconds: parts.reduce((total, part) => total + part.seconds, 0),
    processes: parts.reduce((total, part) => total + part.processes, 0),
    commands: parts.flatMap((part) => part.commands),
  };
}

/** Median and 95th percentile of an experiment's edits, in milliseconds; null where none was timed. */
export function latency(milliseconds: readonly number[]): { p50: number; p95: number } | null {
  if (milliseconds.length === 0) return null;
  return { p50: quantile(milliseconds, 0.5), p95: quantile(milliseconds, 0.95) };
}

/** The high-water mark of this process's resident set, in bytes. */
export function peakMemory(): number {
  return process.resourceUsage().maxRSS * 1024;
}
