/**
 * Whom a request counts against: the address that Cloudflare saw it come from, of IPv6 the first 64
 * bits, which is what one customer holds. Null where nothing says, as in a worker called by another.
 */
export function clientAddress(request: Request): string | null {
  const address = request.headers.get('cf-connecting-ip');
  if (address === null || !address.includes(':')) return address;
  const [head = '', tail = ''] = address.toLowerCase().split('::');
  const leading = head.split(':').filter(Boolean);
  const trailing = tail.split(':').filter(Boolean);
  const zeros = Array<string>(Math.max(0, 8 - leading.length - trailing.length)).fill('0');
  const groups = [...leading, ...zeros, ...trailing].map((group) => group.replace(/^0+(?=.)/, ''));
  return `${groups.slice(0, 4).join(':')}::/64`;
}
