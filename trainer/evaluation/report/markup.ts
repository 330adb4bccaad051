/** Attributes of an element; one that is null is left out. */
export type Attributes = Readonly<Record<string, string | number | null>>;

/** Text as it may stand in XML and HTML, in quotes too. */
export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/**
 * An element as markup that is HTML and XML at once.
 * @param children markup; text must be escaped
 */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const given = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => ` ${key}="${escapeText(shorten(value!))}"`)
    .join('');
  const content = children.join('');
  return content === '' && VOID.has(name)
    ? `<${name}${given}/>`
    : `<${name}${given}>${content}</${name}>`;
}

/** Elements without content, which HTML does not close. */
const VOID = new Set(['meta', 'img', 'line', 'path', 'rect', 'circle']);

/** Coordinates need no more than hundredths of a pixel. */
function shorten(value: string | number): string {
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : value;
}
