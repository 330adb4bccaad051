import { describe, test } from 'vitest';
import type { Engine } from '../../../trainer/engine/engine.ts';
import { ENGINES } from './present-engines.ts';

/** Describes a suite once for every engine; one that is absent shows as a skipped test, with the reason. */
export function describeEveryEngine(suite: (engine: Engine) => void): void {
  for (const { title, engine } of ENGINES) {
    if (engine) describe(title, () => suite(engine));
    else test.skip(title, () => {});
  }
}
