/** Longer than any test needs, short enough for a sandbox that runs for weeks. */
const ENTRY_COUNT_MAX = 10_000;

/** A list that forgets its oldest tenth when it is full; the array itself stays the same one. */
export function append<T>(list: T[], entry: T): void {
  list.push(entry);
  if (list.length > ENTRY_COUNT_MAX) list.splice(0, ENTRY_COUNT_MAX / 10);
}
