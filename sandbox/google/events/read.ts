/** events.get. */

import { getCalendar } from '../access.ts';
import { ok, type Answer, type Call } from '../call.ts';
import { notFound } from '../errors.ts';
import { etagOf } from './event.ts';
import { findRecord } from './instances.ts';
import { renderJson } from './render-cache.ts';
import { viewOf } from './view.ts';

/** Deleted events too, as long as they exist. 304 for the version that the caller has. */
export function getEvent(call: Call): Answer {
  const calendar = getCalendar(call, 'freeBusyReader');
  const event = findRecord(call, calendar, call.path.eventId ?? '');
  if (!event) throw notFound();
  if (call.ifNoneMatch === etagOf(event.versionStamp)) return { status: 304 };
  return ok(renderJson(event, viewOf(call, calendar)));
}
