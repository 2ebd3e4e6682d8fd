/** The id of an event's heading on its lead's page. */
export const eventHeadingId = (activityId: string) => `event-${activityId}`;

/** For when the button that had the focus is gone, perhaps with its row: the event's heading has it. */
export function focusEvent(activityId: string): void {
  document.getElementById(eventHeadingId(activityId))?.focus();
}
