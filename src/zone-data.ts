/**
 * The edition of the time zone database that clocks are told by (`2025c`): Node's own. Governments
 * change their minds; who sees wrong times after such a change looks here first.
 */
export const zoneDataVersion: string = process.versions.tz ?? 'unknown';
