import type { EventId } from '../calendar/ids.ts';
import { findForeignOrganizer } from '../store/own-event.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import {
  findOwnEvent,
  findVisibleEvent,
  listCopies,
  type VisibleEvent,
} from '../store/visible-events.ts';
import { toActivity } from './activity-view.ts';
import { ApiError } from './api-error.ts';
import type { Caller } from './authenticate.ts';
import type { Activity } from './schemas/activities.ts';

/** Undefined when it is deleted, or not the reader's to see. */
export async function findActivity(
  tx: TenantTransaction,
  eventId: EventId,
  caller: Caller,
): Promise<Activity | undefined> {
  const event = await findVisibleEvent(tx, eventId);
  if (!event) return undefined;
  const isOwn = event.owner_id === caller.userId;
  const copies = isOwn ? await listCopies(tx, [eventId], caller.userId) : [];
  return toActivity(event, copies, caller.userId);
}

/** Throws `activity-not-found`. */
export async function getActivity(
  tx: TenantTransaction,
  eventId: EventId,
  caller: Caller,
): Promise<Activity> {
  const activity = await findActivity(tx, eventId, caller);
  if (!activity) throw activityNotFound();
  return activity;
}

/**
 * The caller's own event, also while it is deleted. Throws `activity-not-found`, and
 * `not-your-activity` for a colleague's that the caller may know of.
 */
export async function getOwnEvent(
  tx: TenantTransaction,
  eventId: EventId,
  caller: Caller,
): Promise<VisibleEvent> {
  const own = await findOwnEvent(tx, eventId, caller.userId);
  if (own) return own;
  const event = await findVisibleEvent(tx, eventId);
  if (!event) throw activityNotFound();
  throw new ApiError('not-your-activity', `Ask ${event.owner_name} to change it.`);
}

/** The caller's own living event that may be changed here. Throws also `not-organizer`. */
export async function getChangeableEvent(
  tx: TenantTransaction,
  eventId: EventId,
  caller: Caller,
): Promise<VisibleEvent> {
  const event = await getOwnEvent(tx, eventId, caller);
  if (event.deleted_at) throw activityNotFound();
  const organizer = findForeignOrganizer(await listCopies(tx, [eventId], caller.userId));
  if (organizer !== null) throw notOrganizer(organizer);
  return event;
}

export function activityNotFound(): ApiError {
  return new ApiError('activity-not-found', 'It may have been deleted: load the list again.');
}

/** `organizer` is '' where the provider does not say. */
export function notOrganizer(organizer: string): ApiError {
  const who = organizer === '' ? 'whoever organises it' : organizer;
  return new ApiError('not-organizer', `Ask ${who} to change it, or answer it.`);
}
