/** An answer that is no edge's, as of a proxy before it. */
export function foreignAnswer(response: Response): Error {
  return new Error(`${response.url} answered ${response.status}, and not as an edge does.`);
}
