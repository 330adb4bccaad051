/** Points of a loss curve: figures by name. */
type Curve = readonly Readonly<Record<string, number>>[];

/** The figures of the validated epoch with the highest `validationScore`, the earliest of equals. */
export function bestEpoch(curve: Curve): Readonly<Record<string, number>> | null {
  const validated = curve.filter((point) => point.validationScore !== undefined);
  return validated.reduce<Curve[number] | null>(
    (best, point) => (best && best.validationScore! >= point.validationScore! ? best : point),
    null,
  );
}

/** Where the network of the best epoch lies, beside the checkpoint at `path`. */
export function bestPath(path: string): string {
  return `${path.replace(/\.safetensors$/, '')}.best.safetensors`;
}
