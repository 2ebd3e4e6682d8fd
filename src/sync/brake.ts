/** Fewer deletions than this are nobody's mistake worth a question. */
const DELETIONS_FREE = 10;
/** Of all copies in the calendar. */
const SHARE_FREE = 0.1;

/**
 * Whether a run that would delete `count` of a calendar's `total` events has to stop and ask: more
 * than 10, and more than 10 % (SPEC D6).
 */
export function isBraked({ count, total }: { count: number; total: number }): boolean {
  return count > DELETIONS_FREE && count > total * SHARE_FREE;
}
