import type { TrainedNetwork } from '../../../trainer/checkpoint/checkpoint.ts';
import { trainedOn } from '../../../trainer/training/training-record.ts';
import { randomNetwork } from '../export/random-network.ts';
import { smallPlan } from './plan.ts';
import { stripes } from './stripes.ts';

/** A network of width 3 with opinions of its own on striped pictures. */
export function opinionatedTeacher(): TrainedNetwork {
  const network = randomNetwork({ ...smallPlan().architecture, width: 3 }, 12);
  return { ...network, dataSet: trainedOn(stripes()) };
}
