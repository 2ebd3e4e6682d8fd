import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { When } from '../../src/calendar/event.ts';
import { findIanaZone, findWindowsZone } from '../../src/calendar/windows-zones.ts';
import { getOffsetMs } from '../../src/calendar/zone-offset.ts';
import { fromEventFields as toGoogle } from '../../src/providers/google/from-event-fields.ts';
import { toRemoteEvent as fromGoogle } from '../../src/providers/google/to-remote-event.ts';
import { fromEventFields as toOutlook } from '../../src/providers/outlook/from-event-fields.ts';
import { toGraphRecurrence } from '../../src/providers/outlook/recurrence.ts';
import { toRemoteEvent as fromOutlook } from '../../src/providers/outlook/to-remote-event.ts';
import { zoneDataVersion } from '../../src/zone-data.ts';

const zones = [...Intl.supportedValuesOf('timeZone'), 'UTC'];

/** Their Windows zone has other hours: their events are written in UTC, their series one by one. */
const ofOwnHours = [
  'America/Scoresbysund',
  'Antarctica/Casey',
  'Antarctica/Troll',
  'Antarctica/Vostok',
];
/** They joined their Windows zone in March 2024, the last one in March 2025. */
const joinedLate = ['Asia/Almaty', 'Asia/Qostanay', 'America/Coyhaique'];

const STEP_MS = 12 * 60 * 60 * 1000;
function isSameUntil2030(a: string, b: string, fromMs = Date.UTC(2024, 0, 1)): boolean {
  for (let at = fromMs; at < Date.UTC(2031, 0, 1); at += STEP_MS) {
    if (getOffsetMs(at, a) !== getOffsetMs(at, b)) return false;
  }
  return true;
}

test('[Z11] every zone that Node knows comes back from Windows with its hours, but for those listed', () => {
  const wrong = zones.filter((zone) => {
    const windowsName = findWindowsZone(zone);
    const back = windowsName && findIanaZone(windowsName);
    return !back || !isSameUntil2030(zone, back);
  });
  expect(wrong.sort()).toEqual([...ofOwnHours, ...joinedLate].sort());
}, 60_000);

test('[Z11] a series is never written under a name that drifts from its zone', () => {
  const start = '2026-03-02T09:00:00';
  const recurrence = { rules: ['FREQ=WEEKLY;BYDAY=MO'], exrules: [], rdates: [], exdates: [] };
  const wrong = zones.filter((timeZone) => {
    const when: When = { kind: 'timed', start, end: '2026-03-02T10:00:00', timeZone };
    const form = toGraphRecurrence({ when, recurrence });
    if (form.kind === 'singles') return !ofOwnHours.includes(timeZone);
    const name = form.parts[0]?.recurrence.range.recurrenceTimeZone ?? '';
    return !isSameUntil2030(timeZone, findIanaZone(name) ?? '', Date.parse(`${start}Z`));
  });
  expect(wrong).toEqual([]);
}, 60_000);

const shared = process.env.KALENDS_SHARED ?? resolve(import.meta.dirname, '../../../shared');
const zonesFile = resolve(shared, 'cases/windows-zones.json');
describe.skipIf(!existsSync(zonesFile))('CLDR’s own table (../shared)', () => {
  const readTable = () =>
    JSON.parse(readFileSync(zonesFile, 'utf8')) as Record<string, Record<string, string>>;

  test('[Z11] Windows names mean what CLDR says', () => {
    const wrong = Object.entries(readTable().windowsToIana ?? {}).filter(([name, zone]) => {
      const found = findIanaZone(name);
      return !found || !isSameUntil2030(found, zone);
    });
    expect(wrong).toEqual([]);
  }, 60_000);

  test('[Z11] aliases have the Windows names of CLDR', () => {
    const { ianaToWindows, ianaAliasToWindows } = readTable();
    const wrong = Object.entries({ ...ianaToWindows, ...ianaAliasToWindows }).filter(
      ([zone, name]) => zone !== '' && findWindowsZone(zone) !== name,
    );
    expect(wrong).toEqual([]);
  });
});

const lengths = [
  ['2026-03-29', '2026-03-30'],
  ['2026-10-24', '2026-10-27'],
] as const;

test.for(lengths)(
  '[Z12] all day from %s to %s is the same dates everywhere',
  ([startDate, endDate]) => {
    const when: When = { kind: 'all-day', startDate, endDate };
    const home = process.env.TZ;
    try {
      for (const zone of zones) {
        // The machine's own zone must be of no account, and neither must the calendar's.
        process.env.TZ = zone;
        const google = toGoogle({ when }, 'insert');
        const outlook = toOutlook({ when });
        const readGoogle = fromGoogle(
          {
            id: 'a',
            etag: '"1"',
            status: 'confirmed',
            start: { ...google.start, timeZone: zone },
            end: { ...google.end, timeZone: zone },
          } as Parameters<typeof fromGoogle>[0],
          'primary',
        );
        const readOutlook = fromOutlook({
          id: 'a',
          '@odata.etag': 'W/"1"',
          ...outlook,
          originalStartTimeZone: findWindowsZone(zone),
        } as unknown as Parameters<typeof fromOutlook>[0]);
        expect(readGoogle?.fields.when, zone).toEqual(when);
        expect(readOutlook?.fields.when, zone).toEqual(when);
      }
    } finally {
      if (home === undefined) delete process.env.TZ;
      else process.env.TZ = home;
    }
  },
);

test('the edition of the zones is known', () => {
  expect(zoneDataVersion).toMatch(/^20\d\d[a-z]$/);
});
