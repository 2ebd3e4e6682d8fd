import type { EventFields, ShowAs, Visibility } from '../calendar/event.ts';

/** What a side can hold of our vocabulary. */
export interface Holds {
  showAs: readonly ShowAs[];
  visibilities: readonly Visibility[];
  /** Whether a series can name dates that it leaves out; else each is cancelled by itself. */
  canHoldExdates: boolean;
}

/** The nearest value for each that some provider cannot hold, by what others may conclude from it. */
const nearestShowAs: Record<ShowAs, ShowAs> = {
  busy: 'busy',
  free: 'free',
  tentative: 'busy',
  'out-of-office': 'busy',
  'working-elsewhere': 'free',
};
const nearestVisibility: Record<Visibility, Visibility> = {
  default: 'default',
  public: 'default',
  private: 'private',
  confidential: 'private',
};

/** `fields` as that side will hold and give them back. */
export function toHeldForm<F extends Partial<EventFields>>(fields: F, holds: Holds): F {
  const held = { ...fields };
  if (held.showAs && !holds.showAs.includes(held.showAs)) {
    held.showAs = nearestShowAs[held.showAs];
  }
  if (held.visibility && !holds.visibilities.includes(held.visibility)) {
    held.visibility = nearestVisibility[held.visibility];
  }
  if (held.recurrence && !holds.canHoldExdates) {
    held.recurrence = { ...held.recurrence, exdates: [] };
  }
  return held;
}
