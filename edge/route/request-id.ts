/** How long an id may be that a client gives its request, and that a report names it by. */
export const REQUEST_ID_LENGTH = 128;
