import { element } from './element.js';

const input = element('file', HTMLInputElement);
const drop = element('drop', HTMLLabelElement);
const preview = element('preview', HTMLImageElement);

/**
 * Hands over every picture that is chosen, dropped or pasted, and shows it.
 * @param {(picture: File) => void} take
 */
export function onPicture(take) {
  /** @param {FileList | undefined} files */
  const receive = (files) => {
    const picture = files?.[0];
    if (!picture) return false;
    show(picture);
    take(picture);
    return true;
  };
  input.addEventListener('change', () => {
    receive(input.files ?? undefined);
    // So that choosing the same file again is a change.
    input.value = '';
  });
  preview.addEventListener('error', () => {
    preview.hidden = true;
  });
  document.addEventListener('paste', (event) => {
    if (receive(event.clipboardData?.files)) event.preventDefault();
  });
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) drop.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    receive(event.dataTransfer?.files);
  });
}

/** @param {File} picture */
function show(picture) {
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(picture);
  preview.alt = `Your picture, ${picture.name || 'pasted'}`;
  preview.hidden = false;
  element('drop-title', HTMLSpanElement).textContent = 'Choose another picture';
}
