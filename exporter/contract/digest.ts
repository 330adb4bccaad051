/** Lower-case hexadecimal SHA-256 of `bytes`, by WebCrypto so that it runs in Node and in workerd. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  return hexadecimal(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
}

export function hexadecimal(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
