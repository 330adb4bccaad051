import { ContractError } from '../../exporter/contract/contract-error.ts';
import type { Form, OpenTensor, Precision, Storage } from '../../exporter/contract/form.ts';
import type { Manifest } from '../../exporter/contract/manifest.ts';

/** The storages of a precision, the cheapest to swap and to hold first. */
const STORAGE_ORDER: readonly Storage[] = ['delta', 'ort', 'onnx-external', 'onnx'];

/**
 * The forms of a version that this worker would run, the best first, a list for each precision. A delta
 * goes before all: it is swapped by its tensors alone, and in fp32 it runs as fast as weights in the
 * graph. A delta of integer weights runs slower, since they are packed anew in every run, so it goes first
 * only where its graph is open already.
 * @param isOpen whether the form's graph is open
 * @throws ContractError MANIFEST_INVALID where the version has no form of these precisions
 */
export function preferredForms(
  { version, forms }: Manifest,
  precisions: readonly Precision[],
  isOpen: (form: Form) => boolean,
): Form[][] {
  const rank = (form: Form) =>
    form.storage === 'delta' && form.tensors.some(isInteger) && !isOpen(form)
      ? STORAGE_ORDER.length
      : STORAGE_ORDER.indexOf(form.storage);
  const chosen = precisions
    .map((wanted) =>
      forms.filter(({ precision }) => precision === wanted).sort((a, b) => rank(a) - rank(b)),
    )
    .filter((group) => group.length > 0);
  if (chosen.length > 0) return chosen;
  throw new ContractError(
    'MANIFEST_INVALID',
    `Version ${version} has no form in ${precisions.join(' or ')}; export one, or set PRECISIONS.`,
  );
}

function isInteger({ type }: OpenTensor): boolean {
  return type !== 'float32' && type !== 'float16';
}
