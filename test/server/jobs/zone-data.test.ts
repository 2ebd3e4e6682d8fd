import { afterAll, beforeAll, expect, test } from 'vitest';
import { followZoneData } from '../../../src/jobs/follow-zone-data.ts';
import { addActivity, getActivity } from '../../support/activities.ts';
import { type Field, providers, startField } from '../../support/field.ts';
import type { Person } from '../../support/stack.ts';

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());

interface Timed {
  id: string;
  title: string;
  start: string;
  starts_at: string;
  version: number;
}
const get = async (person: Person, one: { id: string }) =>
  (await getActivity(person, one.id)) as unknown as Timed;

const at = (start: string, end: string) => ({ start, end, time_zone: 'America/New_York' });

/** As an edition of the rules has it by which New York has no summer time. */
const byOldRules = `update calendar_events set starts_at = starts_at + interval '1 hour',
  ends_at = case when ends_at > '9000-01-01' then ends_at else ends_at + interval '1 hour' end`;

test('[Z13] by new rules of a zone coming events are at new instants, which is an edit of nothing', async () => {
  const google = await field.addConnected('google');
  const { person } = google;
  const outlook = await field.addConnected('outlook', { person });
  const mailboxes = { google, outlook };
  const single = await addActivity(person, at('2027-07-01T09:00', '2027-07-01T10:00'));
  const series = await addActivity(person, {
    ...at('2027-07-06T09:00', '2027-07-06T10:00'),
    recurrence: { rules: ['FREQ=WEEKLY;COUNT=20'] },
  });
  const allDay = await addActivity(person, {
    start: '2027-07-01',
    end: '2027-07-02',
    time_zone: undefined,
  });
  const over = await addActivity(person, at('2020-07-01T09:00', '2020-07-01T10:00'));
  await field.sync();
  const before = await Promise.all([single, series, allDay, over].map((one) => get(person, one)));
  await field.query(`${byOldRules} where is_all_day = false`);
  await field.query(`update tenants set zone_data = '1966a'`);
  expect((await get(person, single)).starts_at).toBe('2027-07-01T14:00:00.000Z');

  const follow = (edition: string) => followZoneData(field.stack.context, edition);
  expect(await follow('2026z')).toEqual({ movedCount: 2 });
  const [first, second, third, fourth] = before;
  for (const one of [first, second, third]) expect(await get(person, one!)).toEqual(one);
  // What is over was when it was.
  expect((await get(person, fourth!)).starts_at).toBe('2020-07-01T14:00:00.000Z');
  const ends = await field.query<{ ends_at: Date }>(
    'select ends_at from calendar_events where id = $1',
    [series.id],
  );
  // The clocks go back before the last of them.
  expect(ends[0]?.ends_at.toISOString()).toBe('2027-11-16T15:00:00.000Z');
  expect(await follow('2026z')).toEqual({ movedCount: 0 });
  expect(await field.query('select distinct zone_data from tenants')).toEqual([
    { zone_data: '2026z' },
  ]);

  const watches = providers.map((provider) => mailboxes[provider].watch());
  for (let round = 0; round < 3; round++) await field.sync();
  expect(watches.flatMap((watch) => watch.writes())).toEqual([]);
  // Whatever else is told of it, its time is no news.
  await google.there.edit(await google.idOf(single), { title: 'Renamed' });
  await field.sync();
  expect(await get(person, single)).toMatchObject({
    title: 'Renamed',
    start: '2027-07-01T09:00:00',
    starts_at: '2027-07-01T13:00:00.000Z',
  });
  const { entries } = await person.client.get<{ entries: { change: string; after: object }[] }>(
    `/api/activities/${single.id}/history`,
  );
  expect(entries.map(({ change }) => change)).toEqual(['updated', 'created']);
  expect(Object.keys(entries[0]?.after ?? {})).toEqual(['title']);
});

test('[Z13] an admin sees the edition', async () => {
  const admin = await field.stack.addPerson({ role: 'admin' });
  expect(await admin.client.get('/api/admin/system')).toEqual({
    zone_data: process.versions['tz'],
  });
});
