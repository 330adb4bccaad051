import { cardOf } from './card.js';
import * as edge from './edge.js';
import { element, make, tell } from './element.js';

/** @import { Versions } from '../route/versions-schema.ts' */

const list = element('versions', HTMLOListElement);
const swap = element('swap', HTMLParagraphElement);
const serving = element('serving', HTMLParagraphElement);

const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/**
 * Lists the versions, newest first, each with its card to open.
 * @param {Versions} state
 */
export function showVersions(state) {
  const version = state.serving?.version;
  serving.textContent = version ? `${state.model}, version ${version}` : 'No version serves';
  serving.classList.toggle('down', !version);
  tell(swap, describeSwap(state));
  const entries = state.versions ?? (version ? [{ version, published: null }] : []);
  const open = new Set([...list.querySelectorAll('details[open]')].map((entry) => entry.id));
  list.replaceChildren(
    ...entries.map((entry) => {
      const details = make('details', '', summaryOf(entry, version));
      details.id = `version-${entry.version}`;
      details.addEventListener('toggle', () => loadCard(details, entry.version));
      details.open = open.has(details.id);
      const item = make('li', '', details);
      item.value = entry.version;
      return item;
    }),
  );
}

/** @param {Versions} state */
function describeSwap({ swap: { state, version, reason } }) {
  if (state === 'loading') return `Version ${version} is being loaded.`;
  if (state === 'failed') return `Version ${version ?? ''} does not serve: ${reason}`;
  return null;
}

/**
 * @param {{ version: number, published: string | null }} entry
 * @param {number | undefined} served
 */
function summaryOf({ version, published }, served) {
  const summary = make('summary', '', make('span', 'number', `Version ${version}`));
  if (version === served) summary.append(make('span', 'badge', 'serving'));
  if (published) {
    const time = make('time', 'hint', date.format(new Date(published)));
    time.dateTime = published;
    summary.append(time);
  }
  return summary;
}

/**
 * @param {HTMLDetailsElement} details
 * @param {number} version
 */
async function loadCard(details, version) {
  if (!details.open || details.childElementCount > 1) return;
  const waiting = make('p', 'version-card', 'Loading…');
  details.append(waiting);
  try {
    const card = await edge.card(version);
    waiting.replaceWith(card ? cardOf(card) : make('p', 'version-card', 'It has no card.'));
  } catch (error) {
    waiting.textContent = error instanceof Error ? error.message : String(error);
  }
}
