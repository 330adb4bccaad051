const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/**
 * The first key that a JSON object repeats, at its top level, or null. JSON.parse keeps the last of them
 * without a word.
 * @param json valid JSON
 */
export function duplicateKey(json: string): string | null {
  const seen = new Set<string>();
  let depth = 0;
  let text = '';
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (token !== ':') text = token;
    else if (depth === 1) {
      const key = JSON.parse(text) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return null;
}
