import { STAGES, type Stage } from '../network/architecture.ts';

/** The first of `stages` that a picture passes: what comes before it, an edit of them never changes. */
export function firstStage(stages: readonly Stage[]): Stage {
  // Of no stages, the last one: whatever an edit computes, nothing of it changes.
  return STAGES.find((stage) => stages.includes(stage)) ?? 'head';
}
