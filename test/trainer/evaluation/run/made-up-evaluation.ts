import fc from 'fast-check';
import { randomFor } from '../../../../trainer/data/random.ts';
import type {
  EvaluationPlan,
  ExperimentPlan,
} from '../../../../trainer/evaluation/run/evaluation-plan.ts';
import type { BaseFigures } from '../../../../trainer/evaluation/run/evaluation-result.ts';
import type {
  EvaluationRun,
  UnitRunner,
} from '../../../../trainer/evaluation/run/run-evaluation.ts';
import type { UnitRecord } from '../../../../trainer/evaluation/run/unit-record.ts';

export const LABELS = ['cat', 'dog', 'owl'];

export function madeUpPlan(units: readonly number[], seed = 1): EvaluationPlan {
  return {
    network: 'ab'.repeat(32),
    architecture: 'ResNet-18, width 2',
    data: { name: 'made up', fingerprint: 'cd'.repeat(32), pictures: 50, labelNames: LABELS },
    engine: 'onnx',
    seed,
    controls: [{ name: 'clean', pictures: 50 }],
    experiments: units.map(
      (count, index): ExperimentPlan => ({
        protocol: index % 2 === 1 ? 'sequential' : 'honest',
        method: { name: `method-${index}`, settings: { rate: 0.01 * (index + 1) } },
        parameters: { edits: count },
        units: count,
      }),
    ),
  };
}

export const base: BaseFigures = {
  pictures: 50,
  accuracy: 0.9,
  error: 0.1,
  controls: { clean: 0.1 },
  natural: null,
  arguable: null,
};

/** A record that depends on the experiment and the index alone, with every kind of figure. */
export function madeUpRecord(plan: EvaluationPlan, experiment: number, index: number): UnitRecord {
  const random = randomFor(plan.seed, 'made up', experiment, index);
  if (plan.experiments[experiment]!.protocol === 'sequential') {
    return {
      kind: 'sequence',
      edits: Array.from({ length: 10 }, (_, picture) => ({
        picture,
        label: random.integer(3),
        success: random.chance(0.9),
        steps: random.integer(11),
        drawdown: random.between(-0.01, 0.1),
      })),
      marks: [1, 10].map((edits) => ({
        edits,
        retention: random.float(),
        drift: random.chance(0.5) ? random.float() : null,
      })),
    };
  }
  const flips = () => Array.from(LABELS, () => random.integer(3));
  const group = () => {
    const [before, gained] = [random.integer(5), random.integer(4)];
    return { pictures: 8, before, after: before + gained, gained };
  };
  return {
    kind: 'edit',
    picture: index,
    trueLabel: random.integer(3),
    label: random.integer(3),
    answerBefore: random.integer(3),
    rankBefore: 1 + random.integer(3),
    success: random.chance(0.9),
    steps: random.integer(11),
    lossBefore: random.float(),
    lossAfter: random.chance(0.5) ? Number.NaN : null,
    controls: { clean: { negative: flips(), positive: flips(), pictures: 49 } },
    groups: {
      'neighbours.crop': group(),
      'neighbours.noise': group(),
      class: group(),
      overReach: random.chance(0.5) ? group() : { pictures: 0, before: 0, after: 0, gained: 0 },
    },
  };
}

/** A run whose units cost nothing; `beforeUnit` may end it. */
export function madeUpRun(
  plan: EvaluationPlan,
  options: Partial<EvaluationRun> & { beforeUnit?: (unit: number) => void } = {},
): EvaluationRun {
  const { beforeUnit = () => {}, ...rest } = options;
  let unit = 0;
  return {
    plan,
    base,
    command: `npx patchwork evaluate --seed ${plan.seed}`,
    open: async (experiment): Promise<UnitRunner> => ({
      run: async (index) => {
        beforeUnit(unit++);
        const record = madeUpRecord(plan, experiment, index);
        return { record, editMilliseconds: [10 + index] };
      },
      dispose: async () => {},
    }),
    shard: null,
    journal: null,
    onUnit: () => {},
    ...rest,
  };
}

export const unitsPerExperiment = fc.array(fc.integer({ min: 0, max: 7 }), {
  minLength: 1,
  maxLength: 3,
});
