const HOUR_MS = 3_600_000;

/** How old what nothing refers to must be before it is collected: a publication may be under way. */
export const GRACE_MS = 24 * HOUR_MS;

/**
 * How old a part may be for a publication to rely on it where no published version does; an older one is
 * written anew, lest it is collected before the manifest that needs it is there.
 */
export const REFRESH_AFTER_MS = GRACE_MS / 2;
