import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const hash = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string) =>
  createHmac('sha256', key).update(text).digest();

/**
 * Whether a request is signed with a secret by AWS Signature Version 4, written down from its
 * specification ("Create a signed AWS API request") and not from the library that signs.
 */
export function isSigned(
  { method, url, headers }: IncomingMessage,
  body: Uint8Array,
  secret: string,
): boolean {
  const parsed =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
      headers.authorization ?? '',
    );
  if (!parsed || headers['x-amz-content-sha256'] !== hash(body)) return false;
  const [, day, region, names, signature] = parsed as unknown as [
    string,
    string,
    string,
    string,
    string,
  ];
  const signed = names.split(';');
  const conditional = Object.keys(headers).filter((name) => /^(host|x-amz-.*|if-.*)$/.test(name));
  if (!conditional.every((name) => signed.includes(name))) return false;
  const [path, query = ''] = url!.split('?') as [string, string?];
  const request = [
    method,
    path,
    query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
      .sort()
      .join('&'),
    ...signed.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    names,
    hash(body),
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash(request)].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (current, part) => hmac(current, part),
    `AWS4${secret}`,
  );
  return hmac(key, text).toString('hex') === signature;
}
