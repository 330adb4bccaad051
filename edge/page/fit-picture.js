/** What the edge takes of a picture and keeps of a report: `MAX_PIXELS` and `FEEDBACK_MAX_BYTES` of wrangler.toml. */
const MAX_PIXELS = 4_000_000;
const MAX_BYTES = 1_048_576;

const JPEG = { type: 'image/jpeg', quality: 0.9 };
/** How much smaller than its bytes ask for a picture becomes at a time, since they do not shrink as its area does. */
const MARGIN = 0.95;

/**
 * A picture as the edge takes it: the file itself, or, where that is too large, a smaller JPEG, upright and
 * its transparency over white, as the edge would have it. What the browser cannot make smaller goes as it
 * is, so that the edge says what is wrong with it.
 * @param {File} file
 * @returns {Promise<Blob>}
 */
export async function fitPicture(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const pixels = bitmap.width * bitmap.height;
    const fits = pixels <= MAX_PIXELS && file.size <= MAX_BYTES;
    const fitted = fits ? file : await shrink(bitmap, Math.min(1, Math.sqrt(MAX_PIXELS / pixels)));
    bitmap.close();
    return fitted;
  } catch {
    return file;
  }
}

/**
 * @param {ImageBitmap} bitmap
 * @param {number} scale of its sides, at most
 * @returns {Promise<Blob>} of at most MAX_BYTES
 */
async function shrink(bitmap, scale) {
  const jpeg = await draw(bitmap, scale);
  if (jpeg.size <= MAX_BYTES) return jpeg;
  return shrink(bitmap, MARGIN * scale * Math.sqrt(MAX_BYTES / jpeg.size));
}

/**
 * @param {ImageBitmap} bitmap
 * @param {number} scale of its sides
 */
function draw(bitmap, scale) {
  const width = Math.max(1, Math.floor(scale * bitmap.width));
  const height = Math.max(1, Math.floor(scale * bitmap.height));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('The browser draws no pictures.');
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas.convertToBlob(JPEG);
}
