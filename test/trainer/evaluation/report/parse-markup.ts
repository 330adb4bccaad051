/** An element of a document: its name, its attributes as written, and the text directly in it. */
export interface ParsedElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  text: string;
}

const TOKEN = /<!DOCTYPE html>|<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|[^<]+|</g;

/**
 * Parses markup as strictly as XML is: every element closed in order, attributes quoted, no stray `<` and
 * no `&` that begins no entity.
 * @throws Error saying what is not well-formed
 */
export function parseMarkup(markup: string): ParsedElement[] {
  const elements: ParsedElement[] = [];
  const open: ParsedElement[] = [];
  for (const match of markup.matchAll(TOKEN)) {
    const [token, closing, name, attributes, empty] = match;
    if (/&(?!(amp|lt|gt|quot|#\d+);)/.test(token)) throw new Error(`stray & in ${token}`);
    if (token === '<') throw new Error(`stray < at ${markup.slice(match.index, match.index + 40)}`);
    if (name === undefined) {
      const parent = open.at(-1);
      if (parent) parent.text += token;
      else if (token.trim() !== '' && !token.startsWith('<!')) throw new Error(`stray ${token}`);
    } else if (closing === '/') {
      const last = open.pop();
      if (last?.name !== name) throw new Error(`</${name}> closes <${last?.name}>`);
    } else {
      const pairs = [...attributes!.matchAll(/([\w:-]+)="([^"]*)"/g)];
      const element: ParsedElement = {
        name,
        attributes: Object.fromEntries(pairs.map(([, key, value]) => [key!, value!])),
        text: '',
      };
      elements.push(element);
      if (empty !== '/') open.push(element);
    }
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)!.name}> stays open`);
  return elements;
}
