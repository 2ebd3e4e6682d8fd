/** The id of an event's heading on its lead's page. */
export const eventHeadingId = (activityId: string) => `event-${activityId}`;

/** How long the page may take to show what was done: about half a second. */
const FRAMES = 30;

/**
 * For when the button that has the focus is about to go, perhaps with its row, which may come back
 * elsewhere: the event's heading has the focus then. Whoever has put it elsewhere keeps it.
 */
export function focusEvent(activityId: string, frames = FRAMES): void {
  if (document.activeElement === document.body) {
    document.getElementById(eventHeadingId(activityId))?.focus();
  }
  if (frames > 0) requestAnimationFrame(() => focusEvent(activityId, frames - 1));
}
