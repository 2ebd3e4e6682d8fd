import pg from 'pg';
import { createApp } from '../../../src/api/app.ts';
import type { App, AppContext } from '../../../src/api/context.ts';
import type { Engine } from '../../../src/jobs/engine.ts';
import { LEASE_MS } from '../../../src/jobs/worker.ts';
import type { HttpRequest } from '../../../src/runtime.ts';
import { createProviders } from '../../../src/serve.ts';
import { type Activity, addLead, runJobs } from '../../support/activities.ts';
import { Client } from '../../support/client.ts';
import { type Field, type Mailbox, type Slug, startField } from '../../support/field.ts';
import type { Life } from '../../support/mortal-engine.ts';
import type { Person } from '../../support/stack.ts';
import { findWaiting } from './judge.ts';

/** When a healthy worker comes: the dead one's lease has ended; then every back-off has. */
const RECOVERY_MS = [LEASE_MS + 1_000, 30_000];
/** Where channels are kept: their back-off is longer. */
const CHANNEL_RECOVERY_MS = [LEASE_MS + 1_000, 80_000];
/** Entries on a page, where several pages are wanted. */
const PAGE_SIZE = 2;

/** One product, whose server and worker can be made to die, and people who use it. */
export interface Theatre {
  field: Field;
  /** The server that lives and dies with the life given to `during`. */
  mortalUrl: string;
  during<T>(life: Life, work: () => Promise<T>): Promise<T>;
  query: Field['query'];
  stop(): Promise<void>;
}

export async function openTheatre({ withChannels = false } = {}): Promise<Theatre> {
  const field = await startField({ withChannels });
  for (const name of ['google.pushDelayMs', 'outlook.notificationDelayMs']) {
    field.stack.sandbox.setSwitch(name, 20);
  }
  const admin = new pg.Pool({ connectionString: field.stack.database.adminUrl, max: 2 });
  const { context } = field.stack;
  let engine: Engine = context;
  const app = await createApp(followLife(context, () => engine));
  const mortalUrl = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    field,
    mortalUrl,
    async during(life, work) {
      engine = life.engine;
      try {
        return await work();
      } finally {
        engine = context;
      }
    },
    query: async (sql, values = []) => (await admin.query(sql, values)).rows,
    async stop() {
      await close(app);
      await admin.end();
      await field.stack.stop();
    },
  };
}

/** The server's context, with whatever engine lives at the moment. */
function followLife(context: AppContext, current: () => Engine): AppContext {
  const runtime: AppContext['runtime'] = {
    ...context.runtime,
    now: () => current().runtime.now(),
    sleep: (ms, signal) => current().runtime.sleep(ms, signal),
    send: (request: HttpRequest) => current().runtime.send(request),
  };
  const store: AppContext['store'] = Object.create(context.store, {
    app: { get: () => current().store.app },
    system: { get: () => current().store.system },
  });
  return { ...context, runtime, store, providers: createProviders(context.config, runtime) };
}

const close = (app: App) => app.close();

/** A person with one account or two, and what is done on both sides in one life. */
export interface Play {
  theatre: Theatre;
  field: Field;
  provider: Slug;
  person: Person;
  /** Accounts connected; the first is of the provider that the scenario is about. */
  mailboxes: Mailbox[];
  mailbox: Mailbox;
  there: Mailbox['there'];
  /** Paths of further calendars of the first account that are synced. */
  calendars: string[];
  /** As it is called in this life, and in no other. */
  title(text?: string): string;
  isMine(title: string): boolean;
  create(changes?: Record<string, unknown>): Promise<Activity>;
  edit(activity: { id: string }, changes: object): Promise<void>;
  remove(activity: { id: string }): Promise<void>;
  /** The provider's id of its copy in the first account. */
  idOf(activity: { id: string }): Promise<string>;
  /** Works off what is due, undisturbed. */
  settle(): Promise<void>;
  /** Asks for a look at the calendars. */
  look(): Promise<void>;
  /** After a death, or after none. */
  recover(): Promise<void>;
  /** From now on the providers' pages are short. */
  shortenPages(): void;
  /** What the token that is stored now leads to has ended. */
  endSyncToken(): Promise<void>;
}

export async function startPlay(
  theatre: Theatre,
  wish: { provider: Slug; name: string; life: number; others?: Slug[]; isStarted?: boolean },
): Promise<Play> {
  const { provider, others = [], isStarted = true } = wish;
  const person = await theatre.field.stack.addPerson();
  const play = createPlay(theatre, { ...wish, person });
  for (const slug of [provider, ...others]) await connectNew(play, slug, isStarted);
  return play;
}

/** The same person, whose events and accounts never were, with new accounts. */
export async function startAfresh(
  play: Play,
  wish: { provider: Slug; name: string; life: number; others?: Slug[]; isStarted?: boolean },
): Promise<Play> {
  const { theatre, person } = play;
  for (const table of ['calendar_events', 'calendar_integrations']) {
    await theatre.query(`delete from ${table} where tenant_id = $1`, [person.tenantId]);
  }
  const next = createPlay(theatre, { ...wish, person });
  for (const slug of [wish.provider, ...(wish.others ?? [])]) {
    await connectNew(next, slug, wish.isStarted ?? true);
  }
  return next;
}

/** The same person and accounts in another life. */
export const goOn = (play: Play, wish: { name: string; life: number }): Play =>
  Object.assign(createPlay(play.theatre, { ...wish, ...play }), {
    mailboxes: play.mailboxes,
    calendars: play.calendars,
  });

async function connectNew(play: Play, slug: Slug, isStarted: boolean): Promise<void> {
  const { field, person } = play;
  const mailbox = await field.addMailbox(slug, { person });
  const led = await field.stack.connect(person, slug, mailbox.email, { isStarted });
  if (!led.includes('connected')) throw new Error(`led to ${led}`);
  play.mailboxes.push(mailbox);
  if (isStarted) await play.settle();
}

function createPlay(
  theatre: Theatre,
  wish: { provider: Slug; name: string; life: number; person: Person },
): Play {
  const { field, query } = theatre;
  const { provider, person } = wish;
  const { client, tenantId } = person;
  const tag = `#${wish.life}`;
  const play: Play = {
    theatre,
    field,
    provider,
    person,
    mailboxes: [],
    calendars: [],
    get mailbox() {
      return play.mailboxes[0] as Mailbox;
    },
    get there() {
      return play.mailbox.there;
    },
    title: (text = 'Visit') => `${text} ${tag}`,
    isMine: (title) => title.endsWith(` ${tag}`),
    async create(changes = {}) {
      const date = new Date(Date.now() + 48 * 60 * 60_000).toISOString().slice(0, 10);
      const times = { start: `${date}T09:00`, end: `${date}T10:00`, time_zone: 'Europe/Berlin' };
      const lead = { lead_id: await leadOf(person) };
      const body = { ...lead, ...times, title: play.title(), ...changes };
      return client.send<Activity>('POST', '/api/activities', body);
    },
    async edit({ id }, changes) {
      const [row] = await query<{ version: number }>(
        'select version from calendar_events where id = $1',
        [id],
      );
      await client.send('PATCH', `/api/activities/${id}`, { ...row, ...changes });
    },
    async remove({ id }) {
      await client.send('DELETE', `/api/activities/${id}`);
    },
    async idOf({ id }) {
      const [row] = await query<{ external_id: string }>(
        `select external_id from event_links l join calendar_integrations i
           on i.tenant_id = l.tenant_id and i.id = l.connection_id
         where event_id = $1 and i.email = $2 and l.state <> 'closed'`,
        [id, play.mailbox.email],
      );
      if (!row?.external_id) throw new Error(`${id} has no copy`);
      return row.external_id;
    },
    async settle() {
      await runJobs(field.stack);
    },
    async look() {
      await client.send('POST', '/api/calendar/sync', {});
    },
    async recover() {
      const { webhookUrl } = field.stack.context;
      for (const aheadMs of webhookUrl ? CHANNEL_RECOVERY_MS : RECOVERY_MS) {
        await runJobs(field.stack, aheadMs);
        if (!webhookUrl && (await findWaiting(play)).length === 0) return;
        // What rings locks its job for a moment, and a worker passes by what it finds locked.
        await query('select from jobs for update');
        await runJobs(field.stack, aheadMs);
      }
    },
    shortenPages() {
      field.between({
        request: (request) => ({
          ...request,
          url: request.url.replace('maxResults=2500', `maxResults=${PAGE_SIZE}`),
          headers: JSON.parse(
            JSON.stringify(request.headers ?? {}).replace(
              'maxpagesize=500',
              `maxpagesize=${PAGE_SIZE}`,
            ),
          ) as Record<string, string>,
        }),
      });
    },
    async endSyncToken() {
      const [row] = await query<{ sync_token: string }>(
        'select sync_token from calendars where tenant_id = $1 and is_write_target',
        [tenantId],
      );
      const token = (row?.sync_token ?? '').split('deltatoken=').at(-1) ?? '';
      // It stands in addresses with and without its special characters escaped.
      const [path = ''] = /^[\w-]{8,}/.exec(token) ?? [];
      if (path === '') throw new Error(`no token to end: ${token}`);
      const reason = provider === 'google' ? 'fullSyncRequired' : 'SyncStateNotFound';
      const effect = { kind: 'status', status: 410, reason } as const;
      field.fail({ provider, method: 'GET', path }, effect, { times: 'always' });
    },
  };
  return play;
}

/** An event of here on which both sides agree; `id` is its copy's. */
export async function agree(play: Play): Promise<{ event: Activity; id: string }> {
  const event = await play.create();
  await play.settle();
  return { event, id: await play.idOf(event) };
}

const leads = new WeakMap<Person, Promise<string>>();
/** All of a person's events are of one lead: it plays no part. */
function leadOf(person: Person): Promise<string> {
  const known = leads.get(person) ?? addLead(person);
  leads.set(person, known);
  return known;
}

/** The person's browser, at the server that dies. */
export async function openMortalClient({ theatre, person }: Play): Promise<Client> {
  const client = new Client(theatre.mortalUrl);
  for (const [name, value] of person.client.cookies) client.setCookie(name, value);
  await client.refreshCsrf();
  return client;
}
