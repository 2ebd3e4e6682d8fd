import type { EventFields } from '../calendar/event.ts';
import type { EventId, LinkId, UserId } from '../calendar/ids.ts';
import { type Choice, listChoices } from '../sync/choices.ts';
import { pauseUnusedCopies } from './calendar-settings.ts';
import type { EventRow, LinkRow } from './database.ts';
import { toFields } from './event-fields.ts';
import { deleteEvent, editLocked, lockEvent, type Occasion } from './events.ts';
import { addHistory } from './history.ts';
import { enqueueSync } from './jobs.ts';
import { notifyPages } from './notify.ts';
import { findForeignOrganizer, lockLinksOfEvent } from './own-event.ts';
import { isPlace, putBackWhatIsKept } from './put-back.ts';
import { restoreEvent } from './restore.ts';
import { isAnchor } from './single-links.ts';
import type { TenantTransaction } from './tenant.ts';

export interface Decision extends Occasion {
  eventId: EventId;
  linkId: LinkId;
  userId: UserId;
  choice: Choice;
}

export type DecisionOutcome =
  | { kind: 'done' }
  | { kind: 'not-found' }
  /** Somebody, or the calendar, has settled it meanwhile. */
  | { kind: 'not-open' }
  /** It can be put back only where events may be written to. */
  | { kind: 'not-usable' }
  | { kind: 'not-organizer'; organizer: string };

const done: DecisionOutcome = { kind: 'done' };

/** Settles what a person is asked about one copy of an event (SPEC U5). */
export async function resolveCopy(
  tx: TenantTransaction,
  decision: Decision,
): Promise<DecisionOutcome> {
  const { eventId, linkId, choice } = decision;
  const row = await lockEvent(tx, eventId);
  const links = await lockLinksOfEvent(tx, eventId);
  const link = links.find(({ id }) => id === linkId);
  if (!row || row.deleted_at || !link || link.state === 'closed') return { kind: 'not-found' };
  if (!listChoices(link).includes(choice)) return { kind: 'not-open' };

  const organizer = findForeignOrganizer(links);
  switch (choice) {
    case 'keep':
      await putBackWhatIsKept(tx, row, links, decision);
      await settle(tx, link, decision);
      await noteKept(tx, row, link, decision);
      break;
    case 'retry':
      await tryAgain(tx, link, decision);
      break;
    case 'put-back':
      if (row.series_id === null && !(await isPlace(tx, row.owner_id, link.calendar_id))) {
        return { kind: 'not-usable' };
      }
      await restoreEvent(tx, { ...decision, onlyLinkId: linkId });
      break;
    case 'take-other':
      if (organizer !== null) return { kind: 'not-organizer', organizer };
      await takeOther(tx, row, link, decision);
      break;
    case 'delete':
      if (organizer !== null) return { kind: 'not-organizer', organizer };
      // First the question away: what is deleted is not asked about any more.
      await settle(tx, link, decision);
      await deleteEvent(tx, decision);
      break;
  }
  await notifyPages(tx, 'activities');
  return done;
}

/** It stays as it is. A copy that waits to be written goes on waiting. */
async function settle(tx: TenantTransaction, link: LinkRow, { now }: Decision): Promise<void> {
  await tx
    .updateTable('event_links')
    .set({
      conflict: null,
      is_revived: false,
      ...(link.state === 'conflict' && {
        state: link.next_attempt_at && !isAnchor(link) ? 'pending' : 'synced',
        state_reason: null,
        state_since: now,
      }),
    })
    .where('id', '=', link.id)
    .execute();
  // Where its calendar is switched off, it goes on waiting for that.
  await pauseUnusedCopies(tx, link.connection_id, now);
}

/**
 * Every other answer changes the event, and its history tells so anyway. A conflict with a person in it is
 * one that they settled.
 */
async function noteKept(
  tx: TenantTransaction,
  row: EventRow,
  { conflict }: LinkRow,
  { userId, now, newId }: Decision,
): Promise<void> {
  const fields = toFields(row);
  await addHistory(tx, {
    eventId: row.id,
    userId,
    change: 'conflict',
    before: Object.fromEntries((conflict ?? []).map(({ unit, lost }) => [unit, lost])),
    after: Object.fromEntries((conflict ?? []).map(({ unit }) => [unit, fields[unit]])),
    now,
    newId,
  });
}

async function takeOther(
  tx: TenantTransaction,
  row: EventRow,
  link: LinkRow,
  { userId, now, newId }: Decision,
): Promise<void> {
  const changes: Partial<EventFields> = Object.fromEntries(
    (link.conflict ?? []).map(({ unit, lost }) => [unit, lost]),
  );
  await editLocked(tx, row, { changes, userId, isSilent: false, now, newId });
  await tx
    .updateTable('event_links')
    .set({ state: 'pending', state_reason: null, state_since: now })
    .where('id', '=', link.id)
    .where('state', '=', 'conflict')
    .execute();
}

async function tryAgain(
  tx: TenantTransaction,
  link: LinkRow,
  { now, newId }: Decision,
): Promise<void> {
  await tx
    .updateTable('event_links')
    .set({
      state: 'pending',
      state_reason: null,
      state_since: now,
      refused_version: null,
      attempts: 0,
      next_attempt_at: now,
      // Who tries again has been told whom it mails.
      is_silent: false,
    })
    .where(({ or, and, eb }) =>
      or([
        eb('id', '=', link.id),
        // Parts of one copy are tried together.
        and([eb('copy_id', '=', link.copy_id), eb('state', '=', 'refused')]),
      ]),
    )
    .execute();
  const target = { calendarId: link.calendar_id, connectionId: link.connection_id };
  await enqueueSync(tx, [target], { now, newId });
}
