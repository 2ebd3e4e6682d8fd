/** events.get. */

import { getCalendar } from '../access.ts';
import { ok, type Answer, type Call } from '../call.ts';
import { notFound } from '../errors.ts';
import { findRecord } from './instances.ts';
import { renderJson } from './render-cache.ts';
import { viewOf } from './view.ts';

/** Deleted events too, as long as they exist. */
export function getEvent(call: Call): Answer {
  const calendar = getCalendar(call, 'freeBusyReader');
  const event = findRecord(call, calendar, call.path.eventId ?? '');
  if (!event) throw notFound();
  return ok(renderJson(event, viewOf(call, calendar)));
}
