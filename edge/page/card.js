import { make } from './element.js';

/** @import { Card, CardFix, CardForm } from '../../exporter/contract/card.ts' */

/**
 * A version's card, to read.
 * @param {Card} card
 */
export function cardOf({ parent, labels, fixes, forms, manifestSha256, signature }) {
  const origin = parent === null ? 'the network as it was trained' : `a patch of version ${parent}`;
  return make(
    'div',
    'version-card',
    make('p', '', `This is ${origin}. It tells ${labels.length} labels apart.`),
    make('h3', '', fixes.length === 0 ? 'No fixes' : 'Fixes'),
    make('ul', '', ...fixes.map((fix) => make('li', '', ...fixText(fix)))),
    make('h3', '', 'Forms'),
    make('ul', '', ...forms.map((form) => make('li', '', formText(form)))),
    make('p', 'hint', `Manifest ${manifestSha256.slice(0, 12)}…, `, signer(signature)),
  );
}

/** @param {CardFix} fix */
function fixText({ labelBefore, label, morePictures, editor, steps, controls, forced }) {
  const damage = controls.map(
    ({ set, pictures, drawdown, negativeFlips }) =>
      `on ${pictures} pictures of ${set}, ${negativeFlips} newly wrong, error ${signed(100 * drawdown.value)} points`,
  );
  return [
    make('b', '', `${labelBefore} → ${label}`),
    morePictures.length > 0 ? ` and ${morePictures.length} more pictures,` : '',
    ` by ${editor} in ${steps} steps${forced ? ', forced against the gate' : ''}. `,
    damage.length > 0 ? `Damage: ${damage.join('; ')}.` : 'Its damage was not measured.',
  ];
}

/** @param {CardForm} form */
function formText({ precision, storage, bytes, fidelity }) {
  const size = `${precision} ${storage}, ${(bytes / 1e6).toFixed(2)} MB`;
  if (fidelity === null) return size;
  return `${size}, ${(100 * fidelity.agreement).toFixed(2)} % the same answers as fp32`;
}

/** @param {Card['signature']} signature */
function signer(signature) {
  return signature ? `signed by key ${signature.keyId}` : 'not signed';
}

/** @param {number} points */
function signed(points) {
  return `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(2)}`;
}
