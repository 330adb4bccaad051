import * as edge from './edge.js';
import { element, make, tell } from './element.js';

/** @import { Classification } from '../route/classify-schema.ts' */
/** @import { ReportStatus } from '../route/feedback/feedback-schema.ts' */

const form = element('report', HTMLFormElement);
const select = element('label', HTMLSelectElement);
const outcome = element('outcome', HTMLParagraphElement);

/** @type {{ picture: Blob, requestId: string } | null} */
let asked = null;
/** @type {ReportStatus | null} */
let kept = null;

/**
 * Offers to report that an answer is wrong; the labels are all but the one that was answered.
 * @param {Blob} picture
 * @param {Classification} answer
 * @param {readonly string[]} labels
 */
export function offerReport(picture, { requestId, predictions }, labels) {
  asked = { picture, requestId };
  const others = labels.filter((label) => label !== predictions[0]?.label);
  const choose = make('option', '', 'choose a label');
  choose.value = '';
  select.replaceChildren(choose, ...others.map((label) => make('option', '', label)));
  form.hidden = labels.length === 0;
}

/** Forgets the report of another picture. */
export function forgetReport() {
  kept = null;
  asked = null;
  form.hidden = true;
  tell(outcome, null);
}

/** Asks what became of the report, while it is open. */
export async function followReport() {
  if (kept?.state !== 'open') return;
  const status = await edge.reportStatus(kept.id);
  if (kept?.id === status.id) show(status);
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (asked === null || select.value === '') return;
  const { picture, requestId } = asked;
  const button = form.querySelector('button');
  if (button) button.disabled = true;
  const answered = await edge.report(picture, requestId, select.value).catch(failureOf);
  if (button) button.disabled = false;
  if (asked?.picture !== picture) return;
  if (answered instanceof Error) {
    outcome.dataset.state = 'failed';
    tell(outcome, answered.message);
  } else {
    form.hidden = true;
    show(answered);
  }
  // The button had it, and lost it when it was disabled.
  outcome.focus();
});

/** @param {unknown} error */
function failureOf(error) {
  return error instanceof Error ? error : new Error(String(error));
}

/** @param {ReportStatus} status */
function show(status) {
  kept = status;
  outcome.dataset.state = status.state;
  tell(outcome, describe(status));
}

/** @param {ReportStatus} status */
function describe({ state, version }) {
  switch (state) {
    case 'open':
      return 'Reported. This page will say when it is fixed; you may leave it open.';
    case 'fixed':
      return `Fixed in version ${version}.`;
    case 'duplicate':
      return 'Reported before; that report is being worked on.';
    case 'rejected':
      return 'Whoever repairs the classifier has decided against this one.';
  }
}
