import type { EditedModel, EditMethod, EditOutcome, EditRequest } from '../editor/edit-method.ts';
import { interpolateWeights } from '../network/interpolate-weights.ts';
import { type ConstraintProbe, holds } from './constraint-probe.ts';

/** How near the smallest share is approached: a power of two, so that bisection ends on it. */
export const INTERPOLATION_TOLERANCE = 2 ** -10;

/**
 * Goes back from what another method made towards the network it started from, as far as the constraint
 * allows: theta + t (theta' - theta) with the smallest t in (0, 1] (Wortsman et al. 2022, arXiv
 * 2109.01903, interpolate fine-tuned weights with the original ones for robustness). Bisection keeps a t
 * that holds and one that does not, until they are the tolerance apart.
 */
export class Interpolation implements EditMethod {
  readonly name = 'interpolation';
  readonly settings: Readonly<Record<string, number | string>>;
  #method: EditMethod;
  #probe: ConstraintProbe;
  #margin: number;

  /**
   * @param method owned from now on, as is the probe
   * @param margin by how much the constraint is to hold, in nats
   */
  constructor(method: EditMethod, probe: ConstraintProbe, margin: number) {
    this.settings = { ...method.settings, of: method.name, tolerance: INTERPOLATION_TOLERANCE };
    this.#method = method;
    this.#probe = probe;
    this.#margin = margin;
  }

  /** Where the other method fails, or changes no weight, its outcome is returned as it is. */
  async edit(model: EditedModel, request: EditRequest): Promise<EditOutcome> {
    const outcome = await this.#method.edit(model, request);
    if (!outcome.success || outcome.model.weights === model.weights) return outcome;
    const at = (share: number) => interpolateWeights(model.weights, outcome.model.weights, share);
    let holding = { share: 1, weights: outcome.model.weights, loss: outcome.lossAfter };
    let failing = 0;
    while (holding.share - failing > INTERPOLATION_TOLERANCE) {
      const share = (holding.share + failing) / 2;
      const weights = at(share);
      const loss = await this.#probe.loss(weights, request);
      if (holds(loss, this.#margin)) holding = { share, weights, loss };
      else failing = share;
    }
    const { weights, loss } = holding;
    return { ...outcome, lossAfter: loss, model: { ...outcome.model, weights } };
  }

  async dispose(): Promise<void> {
    await this.#method.dispose();
    await this.#probe.dispose();
  }
}
