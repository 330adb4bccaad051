/** Says which version's trial a move of the channel ended, if any. */
export function sayEndedTrial(version: number | null): void {
  if (version !== null) console.log(`The trial of version ${version} is over.`);
}
