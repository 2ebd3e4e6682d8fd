import { type EventFields, toBusy } from '../calendar/event.ts';
import type { Provider } from '../providers/provider.ts';
import type { EventRow, LinkRow } from '../store/database.ts';
import { toFields } from '../store/event-fields.ts';
import { toSeries } from '../store/exceptions.ts';
import { type SeriesForm, timesOfPart } from '../sync/part.ts';
import { listSingles } from '../sync/single.ts';

/** How the provider can hold the event, which need not be a series. */
export function formOf(provider: Provider, event: EventRow, now: Date): SeriesForm {
  const series = toSeries(event);
  if (!series) return { kind: 'whole' };
  const form = provider.divideSeries(series);
  return form.kind === 'singles' && !listSingles(series, now) ? { kind: 'none' } : form;
}

/**
 * The event as this copy is to show it; only one of an event's copies has its guests. Null: the copy is
 * a part of a series that has no such part any more.
 */
export function toShownFields(
  event: EventRow,
  link: LinkRow,
  form: SeriesForm,
): EventFields | null {
  const whole = toFields(event);
  const times = isWatchedPart(link) ? link.remote : timesOfPart(form, link.part, whole);
  if (times === null) return null;
  const fields = { ...whole, when: times.when, recurrence: times.recurrence };
  if (link.shows === 'busy') return toBusy(fields);
  return link.carries_guests ? fields : { ...fields, attendees: [] };
}

/** A guest's copy of one part: when that is, its organizer's copy says. */
const isWatchedPart = ({ copy_id, can_edit, remote }: LinkRow) =>
  copy_id !== null && !can_edit && remote !== null;
