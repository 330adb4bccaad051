import { element, make } from './element.js';

/** @import { Classification } from '../route/classify-schema.ts' */

const title = element('answer-title', HTMLHeadingElement);
const answers = element('answers', HTMLDivElement);

/** Answers to one picture shown side by side: the first, and the latest by another version. */
const SHOWN = 2;

/** Takes away the answers to another picture. */
export function clearAnswers() {
  answers.replaceChildren();
  title.hidden = true;
}

/**
 * Shows an answer, beside the first one to the same picture where another version gave that.
 * @param {Classification} answer
 */
export function showAnswer(answer) {
  const shown = answerOf(answer);
  const kept = [...answers.children].filter(
    (child) => child instanceof HTMLElement && child.dataset.version !== String(answer.version),
  );
  answers.replaceChildren(...kept.slice(0, SHOWN - 1), shown);
  title.hidden = false;
}

/** @param {Classification} answer */
function answerOf({ version, predictions }) {
  const bars = predictions.map(({ label, probability }) => {
    const percent = `${(100 * probability).toFixed(1)} %`;
    const fill = make('span', 'fill');
    fill.style.setProperty('--share', String(probability));
    const bar = make('span', 'track', fill);
    bar.setAttribute('aria-hidden', 'true');
    return make('li', '', make('span', 'label', label), bar, make('span', 'share', percent));
  });
  const shown = make(
    'article',
    'card',
    make('h3', '', predictions[0]?.label ?? ''),
    make('p', 'hint', `Version ${version}`),
    make('ol', 'bars', ...bars),
  );
  shown.dataset.version = String(version);
  return shown;
}
