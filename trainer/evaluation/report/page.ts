import { element, escapeText } from './markup.ts';
import { STYLE } from './style.ts';

/**
 * An HTML file that needs nothing else: no script, no font, no picture from elsewhere. It is well-formed
 * XML too.
 * @param body markup
 * @param style more of the style sheet
 */
export function page(title: string, body: readonly string[], style = ''): string {
  const head = element(
    'head',
    {},
    element('meta', { charset: 'utf-8' }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element('title', {}, escapeText(title)),
    element('style', {}, STYLE + style),
  );
  return `<!DOCTYPE html>\n${element('html', { lang: 'en' }, head, element('body', {}, ...body))}\n`;
}
