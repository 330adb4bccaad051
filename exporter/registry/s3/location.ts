import { RegistryError } from '../registry-error.ts';

/** A bucket behind the S3 API, and who may use it. */
export interface S3Location {
  readonly bucket: string;
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

/** Whether a registry's location means a bucket behind the S3 API. */
export function isS3Location(location: string): boolean {
  return location.startsWith('s3://');
}

/**
 * Reads `s3://<bucket>?endpoint=<url>&region=<region>`, and credentials from the variables that AWS's
 * tools use. Without `endpoint` it is AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or AWS itself; without
 * `region`, AWS_REGION or AWS_DEFAULT_REGION, else `auto` of another endpoint and `us-east-1` of AWS.
 * @throws RegistryError LOCATION_INVALID, CREDENTIALS_MISSING
 */
export function parseS3Location(location: string, environment: NodeJS.ProcessEnv): S3Location {
  const url = URL.canParse(location) ? new URL(location) : null;
  const known = [...(url?.searchParams.keys() ?? [])].every((name) =>
    /^(endpoint|region)$/.test(name),
  );
  const bucket = url?.hostname ?? '';
  if (!url || !known || !/^[a-z0-9][a-z0-9.-]*$/.test(bucket) || !/^\/?$/.test(url.pathname)) {
    throw invalid(location);
  }
  const given =
    url.searchParams.get('endpoint') ??
    (environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL || null);
  const region =
    url.searchParams.get('region') ??
    (environment.AWS_REGION || environment.AWS_DEFAULT_REGION || (given ? 'auto' : 'us-east-1'));
  const endpoint = given ?? `https://s3.${region}.amazonaws.com`;
  if (!/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : '')) {
    throw invalid(location);
  }
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (!accessKeyId || !secretAccessKey) {
    throw new RegistryError(
      'CREDENTIALS_MISSING',
      `${location} asks for credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
    );
  }
  return {
    bucket,
    endpoint: endpoint.replace(/\/+$/, ''),
    region,
    accessKeyId,
    secretAccessKey,
    sessionToken: environment.AWS_SESSION_TOKEN || null,
  };
}

function invalid(location: string): RegistryError {
  return new RegistryError(
    'LOCATION_INVALID',
    `"${location}" names no bucket; write s3://bucket?endpoint=https://host&region=auto.`,
  );
}
