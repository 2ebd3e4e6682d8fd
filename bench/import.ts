import pg from 'pg';
import { comparePairs, type Measure, printRatios, type Row, timeOf } from './figure.ts';
import { type Installation, openInstallation, type Side, sides } from './installation.ts';

const EVENTS = 10_000;
const PAIRS = 5;
const GOAL = 0.5;
/** What a call takes on the way, where that is measured. */
const LATENCY_MS = 20;
const LATENCY_GOAL = 0.8;

/**
 * P1. Taking in a calendar of 10,000 events. A: our public path, from the click that connects the
 * account until every event, link, history entry and the bookmark are committed. B, the floor: the
 * same pages over the same HTTP, parsed, and the same columns of event and link put into tables with
 * the same indexes by one statement per table and page, one commit per page; nothing is normalised,
 * checked or compared. The pages are made before and kept ready by the sandbox.
 */
export const measure: Measure = async () => {
  const installation = await openInstallation();
  const worker = installation.startWorker();
  try {
    const rows: Row[] = [];
    for (const side of sides) {
      await prepare(installation, side);
      rows.push(await compare(installation, side));
      if (side === 'google') rows.push(await compareWithLatency(installation, side));
    }
    return rows;
  } finally {
    await worker.stop();
    await installation.stop();
  }
};

const emailOf = (side: Side) => `import@${side}.sandbox`;

async function prepare({ sandbox, admin }: Installation, side: Side): Promise<void> {
  await sandbox.keepPages(false);
  await sandbox.addEvents({ provider: side, email: emailOf(side), count: EVENTS });
  await sandbox.keepPages(true);
  await admin.query(`
    create table if not exists floor_events (like calendar_events including defaults including indexes);
    create table if not exists floor_links (like event_links including defaults including indexes)`);
}

async function compare(installation: Installation, side: Side): Promise<Row> {
  const ratios = await comparePairs(
    PAIRS,
    { a: () => importOnce(installation, side), b: () => floorOnce(installation, side) },
    (a, b) => b / a,
  );
  console.log(
    `  ${side}: ours ${ratios.a.toFixed(0)} ms, floor ${ratios.b.toFixed(0)} ms, ${printRatios(ratios)}`,
  );
  return {
    figure: 'P1',
    what: `${side}: import of 10,000, share of the raw floor's speed`,
    goal: `≥ ${GOAL.toFixed(2)}`,
    measured: printRatios(ratios),
    isMet: ratios.median >= GOAL,
  };
}

/** With a slow provider the next page has to be on its way while the last is stored. */
async function compareWithLatency(installation: Installation, side: Side): Promise<Row> {
  const { sandbox } = installation;
  let pages = 0;
  const ratios = await comparePairs(
    PAIRS,
    {
      async a() {
        await sandbox.delay(LATENCY_MS);
        const ms = await importOnce(installation, side);
        await sandbox.delay(0);
        return ms;
      },
      async b() {
        const ms = await floorOnce(installation, side, (count) => {
          pages = count;
        });
        return ms + pages * LATENCY_MS;
      },
    },
    (a, b) => b / a,
  );
  return {
    figure: 'P1',
    what: `${side}: the same ${LATENCY_MS} ms away, share of pages × ${LATENCY_MS} ms + floor`,
    goal: `≥ ${LATENCY_GOAL.toFixed(2)}`,
    measured: printRatios(ratios),
    isMet: ratios.median >= LATENCY_GOAL,
  };
}

async function importOnce(installation: Installation, side: Side): Promise<number> {
  const person = await installation.addPerson();
  const ms = await timeOf(async () => {
    const connection = await installation.connect(person, side, emailOf(side));
    await installation.start(connection);
    await installation.waitUntilRead(connection);
  });
  const { rows } = await installation.admin.query<{ count: number }>(
    `select count(*)::int as count from event_links where tenant_id = $1`,
    [person.tenantId],
  );
  if (rows[0]?.count !== EVENTS) throw new Error(`${rows[0]?.count} of ${EVENTS} came in`);
  return ms;
}

interface Page {
  items?: Record<string, unknown>[];
  value?: Record<string, unknown>[];
  nextPageToken?: string;
  '@odata.nextLink'?: string;
}

async function floorOnce(
  { sandbox, admin }: Installation,
  side: Side,
  tellPages: (count: number) => void = () => {},
): Promise<number> {
  await admin.query('truncate floor_events, floor_links');
  const token = await sandbox.issueToken({ provider: side, email: emailOf(side) });
  const client: pg.PoolClient = await admin.connect();
  const first =
    side === 'google'
      ? `${sandbox.url}/calendar/v3/calendars/${encodeURIComponent(emailOf(side))}/events?maxResults=2500`
      : await firstGraphPage(sandbox.url, token);
  let pages = 0;
  try {
    return await timeOf(async () => {
      for (let url: string | undefined = first; url; pages++) {
        const response = await fetch(url, {
          headers: {
            authorization: `Bearer ${token}`,
            prefer: 'IdType="ImmutableId", outlook.body-content-type="text", odata.maxpagesize=500',
          },
        });
        const page = (await response.json()) as Page;
        if (!response.ok) throw new Error(`${url}: ${JSON.stringify(page)}`);
        await insertPage(client, page.items ?? page.value ?? []);
        url = page.nextPageToken
          ? `${first}&pageToken=${encodeURIComponent(page.nextPageToken)}`
          : page['@odata.nextLink'];
      }
    });
  } finally {
    client.release();
    tellPages(pages);
  }
}

/** The window that the product asks for, so that the kept pages are the same. */
async function firstGraphPage(sandboxUrl: string, token: string): Promise<string> {
  const response = await fetch(`${sandboxUrl}/v1.0/me/calendars`, {
    headers: { authorization: `Bearer ${token}`, prefer: 'IdType="ImmutableId"' },
  });
  const { value } = (await response.json()) as { value: { id: string }[] };
  const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const path = `/v1.0/me/calendars/${encodeURIComponent(value[0]?.id ?? '')}/calendarView/delta`;
  return `${sandboxUrl}${path}?startDateTime=${at(-90)}&endDateTime=${at(400)}`;
}

const TENANT = '00000000-0000-4000-8000-000000000001';

/** The columns that an import fills, from the provider's values as they are. */
async function insertPage(
  client: pg.PoolClient,
  items: readonly Record<string, unknown>[],
): Promise<void> {
  const rows = items.map((item) => {
    const start = item['start'] as Record<string, string>;
    const end = item['end'] as Record<string, string>;
    const isAllDay = Boolean(start['date'] ?? item['isAllDay']);
    const from = start['date'] ?? start['dateTime'] ?? '';
    const to = end['date'] ?? end['dateTime'] ?? '';
    const fields = {
      title: item['summary'] ?? item['subject'] ?? '',
      description: item['description'] ?? '',
      location: typeof item['location'] === 'string' ? item['location'] : '',
      when: { kind: 'timed', start: from, end: to, timeZone: start['timeZone'] ?? 'UTC' },
      visibility: 'default',
      showAs: 'busy',
    };
    return { item, isAllDay, from, to, fields };
  });
  const ids = rows.map(() => crypto.randomUUID());
  await client.query('begin');
  await client.query(
    `insert into floor_events (tenant_id, id, owner_id, title, description, location, visibility,
       show_as, is_all_day, start_date, end_date, start_local, end_local, time_zone, starts_at,
       ends_at, google_event_id, attendees, last_synced_at, created_at, updated_at)
     select $1, id, $1, title, description, location, 'default', 'busy', is_all_day,
       case when is_all_day then starts::date end, case when is_all_day then ends::date end,
       case when not is_all_day then left(starts, 19)::timestamp end,
       case when not is_all_day then left(ends, 19)::timestamp end,
       case when not is_all_day then 'UTC' end,
       starts::timestamptz, ends::timestamptz, external_id, attendees, now(), now(), now()
     from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::text[], $8::text[],
       $9::text[], $10::jsonb[])
       as page (id, title, description, location, is_all_day, starts, ends, external_id, attendees)
     on conflict (tenant_id, id) do update set title = excluded.title`,
    [
      TENANT,
      ids,
      rows.map(({ fields }) => fields.title),
      rows.map(({ fields }) => fields.description),
      rows.map(({ fields }) => fields.location),
      rows.map(({ isAllDay }) => isAllDay),
      rows.map(({ from }) => from),
      rows.map(({ to }) => to),
      rows.map(({ item }) => item['id']),
      rows.map(({ item }) => JSON.stringify(item['attendees'] ?? [])),
    ],
  );
  await client.query(
    `insert into floor_links (tenant_id, id, event_id, connection_id, calendar_id, external_id,
       ical_uid, etag, remote, base, state, state_since, created_at, last_synced_at, origin)
     select $1, id, event_id, $1, $1, external_id, ical_uid, etag, remote, base, 'synced', now(),
       now(), now(), 'remote'
     from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::jsonb[])
       as page (id, event_id, external_id, ical_uid, etag, remote, base)
     on conflict (tenant_id, calendar_id, external_id)
       where external_id is not null and state <> 'closed' do update set etag = excluded.etag`,
    [
      TENANT,
      rows.map(() => crypto.randomUUID()),
      ids,
      rows.map(({ item }) => item['id']),
      rows.map(({ item }) => item['iCalUID'] ?? item['iCalUId'] ?? null),
      rows.map(({ item }) => item['etag'] ?? item['@odata.etag']),
      rows.map(({ fields }) => JSON.stringify(fields)),
      // What was agreed is the pair of both sides' values.
      rows.map(({ fields }) =>
        JSON.stringify(
          Object.fromEntries(
            Object.entries(fields).map(([unit, value]) => [unit, { local: value, remote: value }]),
          ),
        ),
      ),
    ],
  );
  await client.query('commit');
}
