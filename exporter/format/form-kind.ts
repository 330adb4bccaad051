import { PRECISIONS, type Precision, STORAGES, type Storage } from '../contract/form.ts';
import { ExportError } from './export-error.ts';

/** Which of the forms of a version is meant. */
export interface FormKind {
  readonly precision: Precision;
  readonly storage: Storage;
}

/** The forms of an export unless it is told otherwise, in the order in which a runtime should prefer them. */
export const DEFAULT_FORMS: readonly FormKind[] = [
  { precision: 'int8', storage: 'delta' },
  { precision: 'int8', storage: 'ort' },
  { precision: 'fp32', storage: 'delta' },
  { precision: 'fp32', storage: 'ort' },
  { precision: 'fp32', storage: 'onnx' },
];

/** As commands and messages name a form, such as `int8:ort`. */
export function formName({ precision, storage }: FormKind): string {
  return `${precision}:${storage}`;
}

/**
 * Reads a form's name. No delta is fp16: half weights are no inputs that a session can take.
 * @throws ExportError FORM_UNKNOWN
 */
export function parseForm(text: string): FormKind {
  const [precision, storage, ...rest] = text.split(':');
  const known =
    rest.length === 0 &&
    PRECISIONS.includes(precision as Precision) &&
    STORAGES.includes(storage as Storage) &&
    (storage !== 'delta' || precision !== 'fp16');
  if (known) return { precision: precision as Precision, storage: storage as Storage };
  throw new ExportError(
    'FORM_UNKNOWN',
    `There is no form "${text}"; write ${PRECISIONS.join(', ')} and ${STORAGES.join(', ')} as in int8:ort. A delta is fp32:delta or int8:delta.`,
  );
}
