import { env } from 'cloudflare:workers';

type Get = (key: string) => Promise<R2ObjectBody | null>;

/** The bucket, with what it was asked for, and with faults where a test wants them. */
export class WatchedBucket {
  readonly asked: string[] = [];
  /** Answers in the bucket's place, until it is null again. */
  fault: ((key: string, get: Get) => Promise<R2ObjectBody | null>) | null = null;

  readonly binding: R2Bucket = new Proxy(env.MODELS, {
    get: (bucket, property) => {
      const get: Get = (key) => bucket.get(key);
      if (property === 'get') {
        return (key: string) => {
          this.asked.push(key);
          return this.fault ? this.fault(key, get) : get(key);
        };
      }
      const value = Reflect.get(bucket, property);
      return typeof value === 'function' ? value.bind(bucket) : value;
    },
  });
}

/** The object with its body breaking off after `length` bytes. */
export async function brokenOff(
  object: Promise<R2ObjectBody | null>,
  length: number,
): Promise<R2ObjectBody> {
  const whole = (await object)!;
  const bytes = new Uint8Array(await whole.arrayBuffer());
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  writer
    .write(bytes.slice(0, length))
    .then(() => writer.abort(new Error('connection reset by 10.0.0.7')))
    .catch(() => {});
  return new Proxy(whole, {
    get: (target, property) =>
      property === 'body' ? readable : Reflect.get(target, property, target),
  });
}
