import { randomBytes, randomUUID } from 'node:crypto';
import { Client as Database } from 'pg';
import type { Person, Stack } from '../../support/stack.ts';

/** A victim with something to steal, and everybody who might try. */
export interface World {
  stack: Stack;
  owner: Person;
  colleague: Person;
  admin: Person;
  /** An admin of another tenant. */
  stranger: Person;
  /** Signed in, and disabled since. */
  disabled: Person;
  disabledAdmin: Person;
  /** Sees through row-level security. */
  database: Database;
}

/** The words of the victim. None of them may reach anybody outside. */
export interface Prey {
  leadId: string;
  activityId: string;
  /** Every day, from 2030-05-07 on. */
  seriesId: string;
  connectionId: string;
  calendarId: string;
  /** A copy of the activity that was deleted in the calendar: a person is asked. */
  linkId: string;
  /** A change of the activity that can be taken back. */
  entryId: string;
  secrets: string[];
  /** As the database had it all before anybody tried. */
  snapshot: unknown;
}

export async function createWorld(stack: Stack): Promise<World> {
  const database = new Database({ connectionString: stack.database.adminUrl });
  await database.connect();
  const tenantId = await stack.addTenant('Northwind');
  const owner = await stack.addPerson({ tenantId, name: 'Anna Berg' });
  const colleague = await stack.addPerson({ tenantId, name: 'Ben Okafor' });
  const admin = await stack.addPerson({ tenantId, role: 'admin', name: 'Cleo Adler' });
  const stranger = await stack.addPerson({ role: 'admin', name: 'Mallory Stone' });
  const disabled = await stack.addPerson({ tenantId, name: 'Dora Disabled' });
  const disabledAdmin = await stack.addPerson({ tenantId, role: 'admin', name: 'Edo Disabled' });
  await database.query('update users set disabled_at = now() where id = any($1)', [
    [disabled.userId, disabledAdmin.userId],
  ]);
  // Their pages ask again and find themselves signed out; the session's cookie stays.
  await Promise.all([disabled.client.refreshCsrf(), disabledAdmin.client.refreshCsrf()]);
  return { stack, owner, colleague, admin, stranger, disabled, disabledAdmin, database };
}

/** A lead, an activity with it and a connection, all the owner's, all with unguessable words. */
export async function createPrey(world: World): Promise<Prey> {
  const { database, owner } = world;
  const word = () => `canary-${randomBytes(6).toString('hex')}`;
  const secrets = [word(), word(), word(), word(), word(), word(), word()];
  const [leadName, company, title, location, account, calendarName, oldTitle] = secrets;
  const lead = await owner.client.send<{ id: string }>('POST', '/api/leads', {
    name: leadName,
    company,
  });
  const activity = await owner.client.send<{ id: string }>('POST', '/api/activities', {
    lead_id: lead.id,
    title,
    location,
    start: '2030-05-06T09:00',
    end: '2030-05-06T10:00',
    time_zone: 'Europe/Berlin',
  });
  const series = await owner.client.send<{ id: string }>('POST', '/api/activities', {
    lead_id: lead.id,
    title,
    location,
    start: '2030-05-07',
    end: '2030-05-08',
    recurrence: { rules: ['FREQ=DAILY'] },
  });
  const connectionId = randomUUID();
  await database.query(
    `insert into calendar_integrations (tenant_id, id, user_id, provider, account_id, email, state,
      state_since, first_sync_at, created_at, updated_at)
     values ($1, $2, $3, 'GOOGLE', $4, $5, 'active', now(), now(), now(), now())`,
    [owner.tenantId, connectionId, owner.userId, randomUUID(), `${account}@example.com`],
  );
  const [calendarId, linkId, entryId] = [randomUUID(), randomUUID(), randomUUID()];
  await database.query(
    `insert into calendars (tenant_id, id, connection_id, external_id, name, is_primary, can_write,
      direction, is_write_target, brake, created_at)
     values ($1, $2::uuid, $3, $2::text, $4, true, true, 'both', false, '{"count": 20, "total": 40,
       "since": "2026-11-24T09:00:00.000Z", "decision": null}', now())`,
    [owner.tenantId, calendarId, connectionId, calendarName],
  );
  await database.query(
    `insert into event_links (tenant_id, id, event_id, connection_id, calendar_id, external_id,
      is_remote_gone, state, state_since, created_at)
     values ($1, $2::uuid, $3, $4, $5, $2::text, true, 'detached', now(), now())`,
    [owner.tenantId, linkId, activity.id, connectionId, calendarId],
  );
  await database.query(
    `insert into event_history (tenant_id, id, event_id, at, user_id, change, before, after)
     values ($1, $2, $3, now(), $4, 'updated', $5, $6)`,
    [owner.tenantId, entryId, activity.id, owner.userId, { title: oldTitle }, { title }],
  );
  const prey = {
    leadId: lead.id,
    activityId: activity.id,
    seriesId: series.id,
    connectionId,
    calendarId,
    linkId,
    entryId,
    secrets,
    snapshot: null,
  };
  return { ...prey, snapshot: await takeSnapshot(world, prey) };
}

/** What an attack could have changed. */
export async function takeSnapshot({ database, owner, stranger }: World, prey: Prey) {
  const rows = async (sql: string, values: unknown[]) => (await database.query(sql, values)).rows;
  return {
    owner: await rows('select role, time_zone from users where id = $1', [owner.userId]),
    leads: await rows('select * from leads where id = $1', [prey.leadId]),
    events: await rows('select * from calendar_events where lead_id = $1 order by id', [
      prey.leadId,
    ]),
    connections: await rows(
      `select id, user_id, state, is_active, access_token from calendar_integrations
       where tenant_id = any($1) order by id`,
      [[owner.tenantId, stranger.tenantId]],
    ),
    calendars: await rows('select * from calendars where id = $1', [prey.calendarId]),
    links: await rows('select * from event_links where event_id = $1 order by id', [
      prey.activityId,
    ]),
    history: await rows('select id, change from event_history where event_id = $1 order by id', [
      prey.activityId,
    ]),
    policies: await rows('select * from tenants where tenant_id = $1', [owner.tenantId]),
  };
}

/** Ids of the right form that lead nowhere. */
export function nowhere(): Prey {
  return {
    leadId: randomUUID(),
    activityId: randomUUID(),
    seriesId: randomUUID(),
    connectionId: randomUUID(),
    calendarId: randomUUID(),
    linkId: randomUUID(),
    entryId: randomUUID(),
    secrets: [],
    snapshot: null,
  };
}
