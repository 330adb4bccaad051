import type { TrainedNetwork } from '../../checkpoint/checkpoint.ts';
import type { DataSet } from '../../data/data-set.ts';
import { weightsDigest } from '../../network/weights.ts';
import type { EvaluationPlan, ExperimentPlan } from '../run/evaluation-plan.ts';
import type { BaseFigures } from '../run/evaluation-result.ts';
import type { EvaluationRun, UnitRunner } from '../run/run-evaluation.ts';
import type { LabelUncertainty } from '../uncertainty/label-uncertainty.ts';
import type { Judge } from './judge.ts';
import { createMethod, type MethodChoice, type MethodContext } from './method-choice.ts';
import type { ProtocolUnits } from './protocol-units.ts';

export interface EvaluationParts {
  readonly network: TrainedNetwork;
  readonly data: DataSet;
  readonly context: MethodContext;
  readonly judge: Judge;
  readonly base: BaseFigures;
  readonly protocols: readonly ProtocolUnits[];
  readonly methods: readonly MethodChoice[];
  readonly labelUncertainty: LabelUncertainty | null;
}

/** The plan of every protocol with every method, and how each of them is opened. */
export async function planEvaluation(
  parts: EvaluationParts,
): Promise<Pick<EvaluationRun, 'plan' | 'base' | 'open'>> {
  const { network, data, context, judge, labelUncertainty } = parts;
  const pairs = parts.protocols.flatMap((units) =>
    parts.methods.map((method) => ({ units, method })),
  );
  const experiments: ExperimentPlan[] = [];
  for (const { units, method } of pairs) {
    const made = await createMethod(method, context, units.margin);
    experiments.push({
      protocol: units.protocol,
      method: { name: method.label, settings: { ...made.settings } },
      parameters: { ...units.parameters },
      units: units.count,
    });
    await made.dispose();
  }
  const { stem, width } = network.architecture;
  const plan: EvaluationPlan = {
    network: weightsDigest(network.weights),
    architecture: `ResNet-18 of width ${width}, ${stem} stem`,
    data: {
      name: data.name,
      fingerprint: data.fingerprint(),
      pictures: data.test.count,
      labelNames: [...data.test.labelNames],
    },
    ...(labelUncertainty && { labelUncertainty: labelUncertainty.sha256 }),
    engine: context.engine.name,
    seed: context.seed,
    controls: judge.controls.map(({ kind, set }) => ({ name: kind, pictures: set.count })),
    experiments,
  };
  const open = async (experiment: number): Promise<UnitRunner> => {
    const { units, method } = pairs[experiment]!;
    const made = await createMethod(method, context, units.margin);
    return { run: (index) => units.judge(made, index), dispose: () => made.dispose() };
  };
  return { plan, base: parts.base, open };
}
