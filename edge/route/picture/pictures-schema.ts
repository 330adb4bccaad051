import { z } from 'zod';

const PictureData = z.base64().min(1).meta({ description: 'Base64 of a PNG, JPEG or WebP file' });

/** One picture, or several with the names that the answer gives them. */
export const PicturesBodySchema = z
  .union([
    z.strictObject({ picture: PictureData }),
    z.strictObject({
      pictures: z.array(z.strictObject({ name: z.string().max(255), data: PictureData })).min(1),
    }),
  ])
  .meta({ id: 'Pictures' });

/** How many they are, to be known before each is looked at. */
export const PicturesCountSchema = z.object({ pictures: z.array(z.unknown()) });

/** The files of a form, whatever their fields are called. */
export const PicturesFormSchema = z.record(z.string(), z.file());

export type PicturesBody = z.input<typeof PicturesBodySchema>;
