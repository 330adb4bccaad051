import { clearAnswers, showAnswer } from './answer.js';
import * as edge from './edge.js';
import { element, tell } from './element.js';
import { fitPicture } from './fit-picture.js';
import { onPicture } from './picture-input.js';
import { followReport, forgetReport, offerReport } from './report.js';
import { showVersions } from './versions.js';

/** @import { Versions } from '../route/versions-schema.ts' */

/** How often a page that is looked at asks which version serves. */
const POLL_MS = 2000;

const problem = element('problem', HTMLParagraphElement);

/**
 * The last picture that was chosen, once it is as the edge takes it.
 * @type {Promise<Blob> | null}
 */
let picture = null;
/** @type {Versions | null} */
let state = null;

onPicture(async (chosen) => {
  picture = fitPicture(chosen);
  clearAnswers();
  forgetReport();
  await answer(picture);
});

/**
 * Asks what is in the picture, shows the answer, and offers to report it.
 * @param {Promise<Blob>} asked
 */
async function answer(asked) {
  const sent = await asked;
  const answered = await attempt(() => edge.classify(sent));
  if (answered === null || asked !== picture) return;
  showAnswer(answered);
  if (state?.feedback) offerReport(sent, answered, state.serving?.labels ?? []);
  if (answered.version !== state?.serving?.version) await refresh();
}

/** Reads the state anew; a picture is asked about again where another version serves. */
async function refresh() {
  const before = state?.serving?.version;
  state = (await attempt(edge.versions)) ?? state;
  if (state === null) return;
  showVersions(state);
  if (picture !== null && before !== undefined && before !== state.serving?.version) {
    await answer(picture);
  }
}

/**
 * Null where it fails, which the page says.
 * @template T
 * @param {() => Promise<T>} ask
 */
async function attempt(ask) {
  try {
    const answered = await ask();
    tell(problem, null);
    return answered;
  } catch (error) {
    tell(problem, error instanceof Error ? error.message : String(error));
    return null;
  }
}

async function poll() {
  if (document.visibilityState === 'visible') {
    const version = await edge.ready().then(
      (ready) => ready.version,
      () => undefined,
    );
    if (version !== undefined && version !== state?.serving?.version) await refresh();
    await followReport().catch(() => {});
  }
  setTimeout(poll, POLL_MS);
}

await refresh();
setTimeout(poll, POLL_MS);
