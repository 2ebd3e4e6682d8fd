import { describe, expect, test } from 'vitest';
import { findIanaZone, findWindowsZone } from '../../src/calendar/windows-zones.ts';
import { answering, json, subjects } from './subjects.ts';

const [google, outlook] = subjects;
if (!google || !outlook) throw new Error('both providers are needed');

const googleEvent = {
  id: 'one',
  etag: '"1"',
  status: 'confirmed',
  start: { dateTime: '2026-07-01T09:00:00+02:00', timeZone: 'Europe/Berlin' },
  end: { dateTime: '2026-07-01T10:00:00+02:00', timeZone: 'Europe/Berlin' },
};
const outlookEvent = {
  '@odata.etag': 'W/"1"',
  id: 'one',
  start: { dateTime: '2026-07-01T07:00:00.0000000', timeZone: 'UTC' },
  end: { dateTime: '2026-07-01T08:00:00.0000000', timeZone: 'UTC' },
  originalStartTimeZone: 'W. Europe Standard Time',
};
const call = { accessToken: 'token', calendarId: 'calendar' };

const readGoogle = (event: object) =>
  answering(google, () => json({ ...googleEvent, ...event })).provider.findEvent(call, 'one');
const readOutlook = (event: object) =>
  answering(outlook, () => json({ ...outlookEvent, ...event })).provider.findEvent(call, 'one');

describe('[F25] a zone that is not known', () => {
  test.each(['tzone://Microsoft/Custom', 'Customized Time Zone', '', null])(
    'such as %j in Outlook keeps the instants in UTC and warns',
    async (originalStartTimeZone) => {
      const event = await readOutlook({ originalStartTimeZone });
      expect(event?.fields.when).toEqual({
        kind: 'timed',
        start: '2026-07-01T07:00:00',
        end: '2026-07-01T08:00:00',
        timeZone: 'UTC',
      });
      expect(event?.warnings).toHaveLength(1);
    },
  );

  test('in Google keeps the offset that the times were given with, and warns', async () => {
    for (const [offset, timeZone, start] of [
      ['+02:00', 'Etc/GMT-2', '2026-07-01T09:00:00'],
      ['-08:00', 'Etc/GMT+8', '2026-07-01T09:00:00'],
      ['+05:30', 'UTC', '2026-07-01T03:30:00'],
      ['Z', 'UTC', '2026-07-01T09:00:00'],
    ]) {
      const at = (time: string) => ({
        dateTime: `2026-07-01T${time}${offset}`,
        timeZone: 'Mars/X',
      });
      const event = await readGoogle({ start: at('09:00:00'), end: at('10:00:00') });
      expect(event?.fields.when).toMatchObject({ start, timeZone });
      expect(event?.warnings[0]).toContain('Mars/X');
    }
  });

  test('of the calendar is not taken for the zone of the event', async () => {
    const event = await readGoogle({
      start: { dateTime: '2026-07-01T09:00:00+02:00', timeZone: 'America/New_York' },
      end: { dateTime: '2026-07-01T10:00:00+02:00', timeZone: 'Asia/Tokyo' },
    });
    expect(event?.fields.when).toEqual({
      kind: 'timed',
      start: '2026-07-01T03:00:00',
      end: '2026-07-01T04:00:00',
      timeZone: 'America/New_York',
    });
  });

  test('is not needed for Microsoft’s own spelling of UTC', async () => {
    const event = await readOutlook({ originalStartTimeZone: 'tzone://Microsoft/Utc' });
    expect(event).toMatchObject({ fields: { when: { timeZone: 'UTC' } }, warnings: [] });
  });

  test('[F26] and times that are none are refused, never replaced', async () => {
    for (const dateTime of ['0001-01-01T00:00:00.0000000', '9999-12-31T23:59:59.9999999', 'now']) {
      const moment = { dateTime, timeZone: 'UTC' };
      await expect(readOutlook({ start: moment, end: moment })).rejects.toMatchObject({
        kind: 'malformed-answer',
      });
    }
    await expect(readGoogle({ start: {}, end: {} })).rejects.toMatchObject({
      kind: 'malformed-answer',
    });
  });
});

test('outlook: times in another zone than was asked for are refused, never shifted', async () => {
  const moment = { dateTime: '2026-07-01T09:00:00.0000000', timeZone: 'Pacific Standard Time' };
  for (const isAllDay of [false, true]) {
    await expect(readOutlook({ start: moment, end: moment, isAllDay })).rejects.toMatchObject({
      kind: 'malformed-answer',
    });
  }
});

test('a link id that somebody else wrote is none', async () => {
  for (const value of ["'; drop table event_links", '', '42']) {
    const property = { private: { kalendsLinkId: value } };
    expect(await readGoogle({ extendedProperties: property })).toMatchObject({ linkId: null });
    expect(await readOutlook({ transactionId: value })).toMatchObject({ linkId: null });
  }
});

describe('the names of zones', () => {
  test('go from IANA to Windows and back without changing the hour, for every zone', () => {
    for (const timeZone of Intl.supportedValuesOf('timeZone')) {
      const windowsZone = findWindowsZone(timeZone);
      expect([timeZone, windowsZone]).not.toEqual([timeZone, undefined]);
      expect(findIanaZone(windowsZone ?? '')).toBeDefined();
    }
  });

  test.each([
    ['Europe/Kyiv', 'FLE Standard Time'],
    ['Europe/Kiev', 'FLE Standard Time'],
    ['Asia/Kolkata', 'India Standard Time'],
    ['America/Ciudad_Juarez', 'Mountain Standard Time'],
    ['America/Coyhaique', 'Magallanes Standard Time'],
    ['UTC', 'UTC'],
    ['Mars/Olympus', undefined],
    ['+02:00', undefined],
    ['x'.repeat(100_000), undefined],
  ])('%.40s is %s to Windows', (timeZone, windowsZone) => {
    expect(findWindowsZone(timeZone)).toBe(windowsZone);
  });

  test.each([
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['Pacific Standard Time', 'America/Los_Angeles'],
    ['Europe/Kyiv', 'Europe/Kyiv'],
    ['tzone://Microsoft/Utc', 'UTC'],
    ['tzone://Microsoft/Custom', undefined],
    ['+02:00', undefined],
    ['', undefined],
  ])('%j is read as %s', (name, timeZone) => {
    expect(findIanaZone(name)).toBe(timeZone);
  });
});
