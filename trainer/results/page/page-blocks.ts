import type { Figures } from '../figures/figures.ts';
import { PLOTS } from '../plot/plots.ts';
import { TABLES } from '../table/tables.ts';
import { commandBlock } from './commands.ts';

/** A part of a page that is made from figures, such as the table `methods of shipped`. */
export interface Block {
  /** As its mark says it: what, which kind, of which figures. */
  readonly name: string;
  /** What the page has, and what its figures make. */
  readonly present: string;
  readonly made: string;
}

/** An image that a page shows. */
export interface Image {
  /** The name of its file. */
  readonly file: string;
  readonly svg: string;
}

export interface RenewedPage {
  readonly page: string;
  readonly blocks: readonly Block[];
  readonly images: readonly Image[];
}

const MARKED =
  /^(?<begin><!-- (?<what>table|plot|commands): (?<kind>\S+) of (?<figures>\S+) -->\n)(?<present>(?:(?!<!--).)*?)(?<end>^<!-- end of \k<what> -->)$/gms;

/**
 * Makes anew what lies between `<!-- table: KIND of FIGURES -->` and `<!-- end of table -->` of a
 * Markdown page, and likewise for `plot`, a reference to an image, and for `commands`, those of the
 * `training` or of the `evaluation`. A page has no other comments, so that none of its marks is lost
 * unnoticed.
 * @param figuresOf gives the figures of a name
 * @param folder where the images are, as the page refers to them
 * @throws RangeError where a mark names no such kind, its figures do not make it, there is no mark, or a
 * comment is none
 */
export async function renewPage(
  page: string,
  figuresOf: (name: string) => Promise<Figures>,
  folder: string,
): Promise<RenewedPage> {
  requireMarksAlone(page);
  const blocks: Block[] = [];
  const images: Image[] = [];
  for (const { groups } of page.matchAll(MARKED)) {
    const { what, kind, figures, present } = groups as Record<string, string>;
    const name = `${what} ${kind} of ${figures}`;
    try {
      const { content, image } = makeBlock(
        what!,
        kind!,
        figures!,
        await figuresOf(figures!),
        folder,
      );
      blocks.push({ name, present: present!, made: `${content}\n` });
      if (image) images.push(image);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new RangeError(`The ${name} cannot be made: ${cause.message}`, { cause });
    }
  }
  if (blocks.length === 0) throw new RangeError('The page marks no table.');
  let block = 0;
  const renewed = page.replace(MARKED, (...match) => {
    const { begin, end } = match.at(-1) as Record<string, string>;
    return `${begin}${blocks[block++]!.made}${end}`;
  });
  return { page: renewed, blocks, images };
}

/** Comments may stand in inline code, where they are text. */
function requireMarksAlone(page: string): void {
  const rest = page
    .replace(MARKED, (block) => '\n'.repeat(block.split('\n').length - 1))
    .replace(/`[^`\n]*`/g, '')
    .split('\n');
  const stray = rest.findIndex((line) => line.includes('<!--'));
  if (stray < 0) return;
  throw new RangeError(
    `Line ${stray + 1} marks no block: ${JSON.stringify(page.split('\n')[stray])}. A block lies between "<!-- table: KIND of FIGURES -->" and "<!-- end of table -->", each alone on its line, and likewise with plot or commands.`,
  );
}

function makeBlock(
  what: string,
  kind: string,
  name: string,
  figures: Figures,
  folder: string,
): { content: string; image?: Image } {
  if (what === 'commands') {
    if (kind !== 'training' && kind !== 'evaluation') {
      throw new RangeError(`commands are of the training or of the evaluation, not "${kind}".`);
    }
    return { content: commandBlock(figures, kind) };
  }
  if (what === 'table') return { content: chosen(TABLES, kind)(figures) };
  const { svg, description } = chosen(PLOTS, kind)(figures);
  const file = `${name}-${kind}.svg`;
  return { content: `![${description}](${folder}/${file})`, image: { file, svg } };
}

function chosen<T>(kinds: Readonly<Record<string, T>>, kind: string): T {
  const found = kinds[kind];
  if (found) return found;
  throw new RangeError(`there is no "${kind}", only ${Object.keys(kinds).join(', ')}.`);
}
