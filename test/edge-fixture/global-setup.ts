import { deflateSync } from 'node:zlib';
import type { TestProject } from 'vitest/node';
import { serialiseManifest } from '../../exporter/contract/manifest.ts';
import { chunk, header, png } from '../exporter/contract/picture/png-writer.ts';
import { bulkyFile } from './bulky.ts';
import { classifierGraph, fixtureVersion } from './classifier.ts';
import { familyVersions } from './family.ts';
import { noise, SIDE } from './noise.ts';
import { pictureFiles, pngFile } from './pictures.ts';
import { HEAVY, type ProvidedFixture, SMALL } from './provided.ts';

declare module 'vitest' {
  interface ProvidedContext {
    fixture: ProvidedFixture;
  }
}

/** Versions and pictures are made in Node, where the exporter runs, and handed to the tests in workerd. */
export default async function setup(project: TestProject): Promise<void> {
  const pixels = [noise(1), noise(2), noise(3)];
  const versions = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      fixtureVersion(index + 1, pixels, index + 1 === HEAVY ? heavyGraph() : undefined),
    ),
  );
  const half = SIDE / 2;
  versions.push(await fixtureVersion(SMALL, pixels, classifierGraph(SMALL, 8, half), half));
  const family = await familyVersions(4, pixels);
  const files = await pictureFiles(pixels[0]!, SIDE);
  const fixture: ProvidedFixture = {
    versions: versions.map(
      ({ manifest, manifestBytes, graphBytes, manifestSha256, references }) => ({
        version: manifest.version,
        manifest: base64(manifestBytes),
        manifestSha256,
        graph: base64(graphBytes),
        references,
      }),
    ),
    family: family.map(({ manifest, parts, ...rest }) => ({
      ...rest,
      manifest: base64(serialiseManifest(manifest)),
      parts: Object.fromEntries([...parts].map(([sha256, bytes]) => [sha256, base64(bytes)])),
    })),
    bulky: [1, 2].map(bulkyFile),
    pictures: pixels.map((picture) => base64(pngFile(picture, SIDE))),
    png: base64(files.png),
    jpeg: base64(files.jpeg),
    webp: base64(files.webp),
    largePng: base64(pngFile(noise(9, 300), 300)),
    bomb: base64(png(header(SIDE, SIDE), chunk('IDAT', deflateSync(Buffer.alloc(30_000_000))))),
    mutations: Number(process.env.MUTATIONS ?? 300),
    mediumPng: base64(pngFile(new Uint8Array(120 * 120 * 3), 120)),
  };
  project.provide('fixture', fixture);
}

/** Small to store, and megabytes of activations for each picture. */
function heavyGraph(): Uint8Array {
  return classifierGraph(HEAVY, 512);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
