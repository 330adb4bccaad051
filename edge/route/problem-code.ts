/**
 * Every problem that the edge answers with, by its code: the HTTP status, and a title that does not
 * change from one occurrence to the next.
 */
export const PROBLEMS = {
  QUERY_INVALID: [400, 'A query parameter is not valid'],
  BODY_EMPTY: [400, 'The request has no body'],
  BODY_INVALID: [400, 'The body is not what this route takes'],
  MULTIPART_INVALID: [400, 'The form cannot be read'],
  UNAUTHORIZED: [401, 'A valid bearer token is needed'],
  ROLE_DISABLED: [403, 'Nobody has the role that this takes'],
  FEEDBACK_OFF: [403, 'Reports of mistakes are not taken'],
  NOT_FOUND: [404, 'There is no such route'],
  VERSION_UNKNOWN: [404, 'There is no such version'],
  CARD_UNKNOWN: [404, 'The version has no card'],
  MODEL_UNKNOWN: [404, 'There is no such model'],
  FEEDBACK_UNKNOWN: [404, 'There is no such report'],
  METHOD_NOT_ALLOWED: [405, 'The route does not take this method'],
  CARD_INVALID: [409, 'The card of the version cannot be read or trusted'],
  NOTHING_PUBLISHED: [409, 'Nothing has been published'],
  POINTER_INVALID: [409, 'The pointer of the channel cannot be read'],
  NOTHING_TO_ROLL_BACK: [409, 'There is no version to roll back to'],
  POINTER_CONFLICT: [409, 'The channel was moved by somebody else'],
  OUTCOME_CONFLICT: [409, 'The report has another outcome already'],
  REQUEST_FORGOTTEN: [410, 'The request is not remembered'],
  PRECONDITION_FAILED: [412, 'The report has changed'],
  BODY_TOO_LARGE: [413, 'The body is too large'],
  PICTURE_TOO_LARGE: [413, 'The picture has too many pixels'],
  TOO_MANY_PICTURES: [413, 'There are too many pictures in one request'],
  MEDIA_TYPE_UNSUPPORTED: [415, 'The media type is not supported'],
  PICTURE_EMPTY: [422, 'The picture is empty'],
  PICTURE_UNKNOWN_FORMAT: [422, 'The body is not a picture of a known format'],
  PICTURE_CORRUPT: [422, 'The picture cannot be decoded'],
  TENSOR_INVALID: [422, 'The tensor is not what it says, or not what the model takes'],
  LABEL_UNKNOWN: [422, 'The model has no such label'],
  NO_MISTAKE: [422, 'The answer was right'],
  POINTER_REFUSED: [422, 'The pointer is not signed as it must be'],
  VERSION_REFUSED: [422, 'The version did not pass its checks'],
  TOO_MANY_REQUESTS: [429, 'Too many requests'],
  INTERNAL: [500, 'The edge failed'],
  NOT_READY: [503, 'No version is ready to serve'],
  STORAGE_FAILED: [503, 'The bucket does not answer'],
  FEEDBACK_FULL: [507, 'No more reports are kept'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}
