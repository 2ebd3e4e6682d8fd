import type { Client as Database } from 'pg';
import { accounts } from './activities.ts';
import { addNamedLead, at, plan, TUESDAY } from './calendar-page.ts';
import type { Person } from './stack.ts';

/** Texts as they also are: as long as may be, without a place to break, read from the right. */
export const long = {
  lead: 'Freiherr Maximilian-Alexander von und zu Hohenstein-Oberaltenburg, Handelsgesellschaft mbH & Co. KG (Niederlassung Rotterdam)',
  title:
    'Quarterly review with the board, the auditors and everybody who was in Rotterdam last autumn, with lunch',
  word: 'Donaudampfschifffahrtsgesellschaftskapitänsversammlung',
  place: 'Konferenzzentrum am Alten Hafen, Gebäude 7, Aufgang C, Raum „Nordlicht“, Rotterdam',
  hebrew: 'פגישה עם צוות המכירות על ההצעה החדשה',
};

/** Calendars beside the two that events go to: of which connection, and called what. */
const others = [
  [accounts.google, 'Fairs, trips and everything that nobody else in the northern team plans'],
  [accounts.google, 'Family'],
  [accounts.outlook, 'Bank holidays'],
] as const;

/** What stands in many days, half an hour each; the hour tells the place among a day's. */
const usual = [
  'Call',
  'Price talk',
  'Lunch with the buyers',
  'Send the samples',
  'Handover',
  'Contract review',
];

/**
 * March of 2031 for somebody with both accounts connected, no worker running: a Tuesday with twelve
 * events at a time, a week with everything that an event can be, and hundreds around them.
 */
export async function fillCalendar(database: Database, anna: Person, ben: Person): Promise<void> {
  for (const [account, name] of others) {
    await database.query(
      `insert into calendars (tenant_id, id, connection_id, external_id, name, is_primary, can_write,
         direction, created_at)
       select tenant_id, gen_random_uuid(), id, $3, $3, false, true, 'both', now()
       from calendar_integrations where tenant_id = $1 and email = $2`,
      [anna.tenantId, account, name],
    );
  }
  const carla = await addNamedLead(anna, 'Carla Fontaine');
  const baron = await addNamedLead(anna, long.lead);
  const [monday, wednesday, thursday, friday] = [
    '2031-03-17',
    '2031-03-19',
    '2031-03-20',
    '2031-03-21',
  ];
  for (let place = 0; place < 12; place++) {
    const [from, to] = [Math.floor(place / 4), place % 4].map(String);
    await plan(anna, place % 2 ? carla : baron, `First visit in Lyon, part ${place + 1}`, {
      ...at(TUESDAY, `${12 + Number(from)}:${Number(to) * 15 || '00'}-16:00`),
      location: long.place,
    });
  }
  await plan(anna, baron, long.title, { ...at(monday, '09:00-09:30'), location: long.place });
  await plan(anna, baron, long.word, { ...at(monday, '10:00-11:00'), location: long.place });
  await plan(anna, carla, long.hebrew, at(monday, '11:00-12:00'));
  await plan(anna, carla, 'Breakfast', at(TUESDAY, '08:00-08:15'));
  await plan(anna, carla, 'Visit now', { ...at(TUESDAY, '10:00-11:30'), location: 'Pier 9' });
  await plan(anna, carla, 'Perhaps a tour', {
    ...at(wednesday, '10:00-12:00'),
    show_as: 'tentative',
  });
  await plan(anna, baron, 'Price talk', at(wednesday, '11:00-11:45'));
  await plan(anna, baron, 'Declined meeting', at(wednesday, '13:00-14:00'));
  await plan(anna, carla, 'Free time', { ...at(wednesday, '15:00-16:00'), show_as: 'free' });
  await plan(anna, baron, 'Title in conflict', {
    ...at(thursday, '09:00-10:30'),
    description: `${long.title}. `.repeat(12),
    location: long.place,
    attendees: [
      { email: 'guest@elsewhere.example', name: 'Guest Garcia' },
      { email: `${'a-very-long-address-'.repeat(3)}@elsewhere.example` },
    ],
  });
  await plan(anna, carla, 'Refused offer', at(thursday, '11:00-12:00'));
  await plan(anna, carla, 'Gone from the calendar', at(thursday, '12:00-12:30'));
  await plan(anna, carla, 'Waits for a reconnect', at(thursday, '13:00-14:00'));
  await plan(anna, carla, 'Dinner late into the night', at(friday, '20:00-23:45'));
  await plan(anna, carla, 'Night train', {
    start: `${friday}T22:00`,
    end: '2031-03-22T06:30',
    time_zone: 'Europe/Berlin',
  });
  await plan(anna, carla, 'Boat fair in Hamburg', { start: thursday, end: '2031-03-23' });
  await plan(anna, baron, 'Bank holiday', { start: friday, end: '2031-03-22' });
  await plan(anna, baron, long.title, { start: '2031-03-10', end: '2031-04-02' });
  await plan(anna, carla, 'Weekly call', {
    ...at('2031-03-03', '16:00-16:30'),
    recurrence: { rules: ['FREQ=WEEKLY;BYDAY=MO,TH;COUNT=20'] },
  });
  await plan(anna, carla, 'Stand-up', {
    ...at('2031-03-03', '08:45-09:00'),
    recurrence: { rules: ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'] },
  });
  await spread(database, anna);
  for (const hours of ['09:00-10:00', '12:00-15:00']) {
    await plan(ben, carla, 'canary of Ben', at(wednesday, hours));
  }
  await plan(ben, carla, 'canary of Ben', { start: monday, end: TUESDAY });
}

/** Hundreds on the other days, and each event in one of the calendars, in the state its title says. */
async function spread(database: Database, { tenantId }: Person): Promise<void> {
  await database.query(
    `insert into calendar_events
     select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'title',
       ($2::text[])[1 + n % 6], 'start_local', start_local + s, 'end_local', start_local + s + '30 minutes',
       'starts_at', starts_at + s, 'ends_at', starts_at + s + '30 minutes'))).*
     from calendar_events e, generate_series(0, 479) n,
       lateral (select n / 24 * interval '1 day' + n % 24 * interval '20 minutes'
         + interval '10 days' * (n / 240) - interval '14 days' as s) as shift
     where tenant_id = $1 and title = 'Breakfast'`,
    [tenantId, usual],
  );
  // What no job has sent is in one calendar each, by chance of its id, or nowhere but here.
  await database.query('delete from event_links where tenant_id = $1', [tenantId]);
  await database.query(
    `insert into event_links (tenant_id, id, event_id, connection_id, calendar_id, origin, can_edit,
       organizer, own_answer, state, state_reason, conflict, is_remote_gone, state_since, created_at)
     select e.tenant_id, gen_random_uuid(), e.id, c.connection_id, c.id,
       case when is_foreign then 'remote' else 'local' end, not is_foreign,
       case when is_foreign then 'boss@elsewhere.example' end,
       case when is_foreign then 'declined' end,
       case e.title when 'Title in conflict' then 'conflict' when 'Refused offer' then 'refused'
         when 'Gone from the calendar' then 'detached'
         when 'Waits for a reconnect' then 'needs_reconnect' else 'synced' end,
       case e.title when 'Refused offer' then 'The calendar did not accept it (400).' end,
       case e.title when 'Title in conflict' then jsonb_build_array(jsonb_build_object(
         'unit', 'title', 'winner', 'local', 'lost', $2::text)) end,
       e.title = 'Gone from the calendar', now(), now()
     from calendar_events e
     join lateral (select *, row_number() over (order by created_at, name) - 1 as place from calendars
       where tenant_id = e.tenant_id and direction <> 'none') c
       on c.place = case when e.title ~ 'conflict|Refused|Gone|Waits|Declined' then length(e.title) % 5
         when coalesce(jsonb_array_length(e.attendees), 0) = 0 then abs(hashtext(e.title || e.start_local::text)) % 6 else 0 end,
     lateral (select e.title = 'Declined meeting' as is_foreign) as whose
     where e.tenant_id = $1`,
    [tenantId, long.title],
  );
}
