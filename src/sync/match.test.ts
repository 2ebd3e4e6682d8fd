import { expect, test } from 'vitest';
import type { CalendarId, ConnectionId, EventId, LinkId } from '../calendar/ids.ts';
import { type Identity, type KnownLink, matchEntry } from './match.ts';

const place = { calendarId: 'calendar' as CalendarId, connectionId: 'connection' as ConnectionId };

const link: KnownLink = {
  id: 'link' as LinkId,
  event_id: 'event' as EventId,
  calendar_id: place.calendarId,
  connection_id: place.connectionId,
  external_id: 'there',
  ical_uid: 'uid',
  part: 0,
  is_remote_gone: false,
  isClosed: false,
  isReplaced: false,
  isKept: false,
};
const elsewhere = { calendar_id: 'another' as CalendarId };
const abroad = { ...elsewhere, connection_id: 'a colleague’s' as ConnectionId };
const entry: Identity = { externalId: 'there', iCalUid: 'uid', linkId: null };

const match = (changes: Partial<Identity>, ...links: Partial<KnownLink>[]) =>
  matchEntry(
    { ...entry, ...changes },
    place,
    links.map((one) => ({ ...link, ...one })),
  );

test('[M1] an entry is the copy of the link that has its id in this calendar', () => {
  expect(match({}, {})).toMatchObject({ kind: 'known', link: { id: 'link' } });
  expect(match({ iCalUid: null }, elsewhere)).toEqual({ kind: 'new' });
});

test('[M1] what we made without hearing so is recognised by the link id on it', () => {
  const mine = { externalId: 'new there', linkId: link.id };
  expect(match(mine, { external_id: null, ical_uid: null })).toMatchObject({ kind: 'ours' });
});

test('[M1] a copy that a person made of our event is a new event, though it carries our link id', () => {
  const copy = { externalId: 'copy', linkId: link.id, iCalUid: 'another uid' };
  expect(match(copy, {})).toEqual({ kind: 'new' });
  expect(match(copy, elsewhere)).toEqual({ kind: 'new' });
});

test('[M2] the copies of one meeting in several calendars are one event', () => {
  const other = { externalId: 'other there' };
  expect(match(other, abroad)).toMatchObject({ kind: 'twin', link: { id: 'link' } });
  // Another copy of it in the same calendar is somebody's doubling, and is not merged into it.
  expect(match(other, {})).toEqual({ kind: 'new' });
});

test('[M2] our own write whose answer was lost is recognised in another calendar, too', () => {
  const moved = { linkId: link.id };
  expect(match(moved, { ...elsewhere, external_id: null, ical_uid: null })).toMatchObject({
    kind: 'twin',
  });
});

test('[M3] an event moved to another calendar of the account stays the same event', () => {
  const closed = { isClosed: true, is_remote_gone: true };
  expect(match({}, { ...elsewhere, ...closed })).toMatchObject({ kind: 'twin' });
  // A colleague's copy of what was deleted is the colleague's.
  expect(match({}, { ...abroad, ...closed })).toEqual({ kind: 'new' });
});

test('[M4] what comes back after it was closed is asked for, unless it was to be left alone', () => {
  expect(match({}, { isClosed: true })).toMatchObject({ kind: 'returned' });
  expect(match({}, { isClosed: true, isKept: true })).toEqual({ kind: 'left-alone' });
});

test('[M4] what we made for a link that was closed meanwhile is asked for, too, when it arrives', () => {
  const mine = { externalId: 'late', linkId: link.id };
  const closed = { isClosed: true, external_id: null, ical_uid: null };
  expect(match(mine, closed)).toMatchObject({ kind: 'returned', link: { id: 'link' } });
  const heir = { id: 'heir' as LinkId, external_id: 'heir there', ical_uid: 'heir uid' };
  expect(match(mine, closed, heir)).toEqual({ kind: 'new' });
  expect(match(mine, { ...closed, ...elsewhere })).toEqual({ kind: 'new' });
  // Its own copy went, and this is a copy that a person had made of it.
  expect(match(mine, { ...closed, external_id: 'there' })).toEqual({ kind: 'new' });
});

test('[M4] a closed link whose place another has taken is not opened again', () => {
  const heir = { id: 'heir' as LinkId, external_id: 'heir there', ical_uid: 'heir uid' };
  expect(match({}, { isClosed: true, isReplaced: true }, heir)).toEqual({ kind: 'new' });
  expect(match({}, { isClosed: true }, heir)).toEqual({ kind: 'new' });
});
