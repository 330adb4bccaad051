/** The version whose activations take megabytes a picture. */
export const HEAVY = 8;

/** The version that takes pictures of half the side. */
export const SMALL = 9;

/** A version in every form that the edge opens; bytes are base64. */
export interface FamilyVersion {
  readonly version: number;
  readonly manifest: string;
  readonly manifestSha256: string;
  /** By digest. */
  readonly parts: Readonly<Record<string, string>>;
  /** Logits of each of the pictures, by the files of either precision. */
  readonly references: Readonly<Record<'fp32' | 'int8', readonly (readonly number[])[]>>;
}

/** What a bulky version has of zeros, as external data. */
export const BULK_BYTES = 12 * 350_000;

/** What the set-up hands over; bytes are base64. */
export interface ProvidedFixture {
  readonly versions: readonly {
    readonly version: number;
    readonly manifest: string;
    readonly manifestSha256: string;
    readonly graph: string;
    readonly references: readonly (readonly number[])[];
  }[];
  /** Versions that differ in their last layer alone. */
  readonly family: readonly FamilyVersion[];
  /** Versions with `BULK_BYTES` of zeros, of that digest, which give the same logits for every picture. */
  readonly bulky: readonly {
    readonly graph: string;
    readonly zeros: string;
    readonly logits: readonly number[];
  }[];
  /** The pictures that the references are of, as PNG. */
  readonly pictures: readonly string[];
  /** The first of them, in each format. */
  readonly png: string;
  readonly jpeg: string;
  readonly webp: string;
  /** 300 x 300 pixels. */
  readonly largePng: string;
  /** A PNG of 32 x 32 pixels whose data expands to 30 MB. */
  readonly bomb: string;
  /** How many mutated requests are sent; MUTATIONS in the environment. */
  readonly mutations: number;
  /** 120 x 120 pixels. */
  readonly mediumPng: string;
}
