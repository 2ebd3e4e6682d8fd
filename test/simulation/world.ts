import { createHash } from 'node:crypto';
import pg from 'pg';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import type { CalendarId, ConnectionId, TenantId, UserId } from '../../src/calendar/ids.ts';
import { readConfig } from '../../src/config.ts';
import type { Engine } from '../../src/jobs/engine.ts';
import { sealTokens } from '../../src/jobs/refresh-tokens.ts';
import {
  type HttpRequest,
  type HttpResponse,
  NetworkError,
  type Runtime,
} from '../../src/runtime.ts';
import { createProviders } from '../../src/serve.ts';
import type { Keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/pool.ts';
import type { Databases } from '../../src/store/tenant.ts';
import type { Chance } from './chance.ts';
import { createScheduler, type Life, type Scheduler } from './scheduler.ts';
import { createWatch, type Watch } from './watch.ts';
import {
  answerBefore,
  type CallFate,
  createWeather,
  findSyncToken,
  spoil,
  type Weather,
} from './weather.ts';

export type Side = 'google' | 'outlook';
export const sides: readonly Side[] = ['google', 'outlook'];

/** A Tuesday; the histories are played from here on. */
export const START = Date.UTC(2026, 10, 24, 8);

/** One person's account at one provider, with the rows that connect it. */
export interface Place {
  side: Side;
  email: string;
  externalCalendarId: string;
  calendarId: CalendarId;
  connectionId: ConnectionId;
}

export interface World {
  seed: number;
  chance: Chance;
  scheduler: Scheduler;
  weather: Weather;
  /** What may go wrong before it gets calm, in words. */
  sky: string;
  sandbox: Sandbox;
  tenantId: TenantId;
  userId: UserId;
  places: readonly Place[];
  /** The database as people and the judge use it: nothing goes wrong there. */
  store: Databases;
  admin: pg.Client;
  /** Whether the person has withdrawn the grant. */
  revoked: Set<Side>;
  /** Which the person has disconnected; their copies stay where they are. */
  disconnected: Set<Side>;
  /** Whose calendar is switched off in the settings: nothing goes there or comes from there. */
  off: Set<Side>;
  /** A disconnect that takes copies away takes its time, and may die over it. */
  disconnecting: Map<Side, Life>;
  /** An engine for a worker's life, over the same database and providers. */
  createEngine(life: Life): Engine;
  watch: Pick<Watch, 'forgetWait'>;
  /** What should never happen to an engine: a bug of ours that it survived. */
  accidents: string[];
  callCount: number;
  /** Calls that would change something at a provider. */
  writeCount: number;
  /** Grows with whatever changes the database. */
  changeCount: number;
  /** When the first job can be claimed, as it was after so many changes. */
  claimable: { changeCount: number; at: number | null } | null;
  /** Entries of a page of a listing, where it is fewer than was asked for. */
  pageSize: number | null;
  /** Sync tokens that the provider will never take again. */
  endedTokens: Map<string, CallFate>;
}

const keys: Keys = {
  ring: { currentId: 'simulation', keys: new Map([['simulation', Buffer.alloc(32, 7)]]) },
  secret: Buffer.alloc(32, 8),
};
const config = readConfig({ SANDBOX_PORT: '4800' });

/** A fault of the world's own making, told apart from a bug of ours. */
export class Injected extends Error {
  override readonly name = 'Injected';
  readonly code: string | undefined;
  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

/** A new tenant with one user who has connected a Google and an Outlook calendar. */
export async function createWorld(
  base: { store: Store; admin: pg.Client },
  options: { seed: number; chance: Chance; only: ReadonlySet<string> | null },
): Promise<World> {
  const { seed, chance } = options;
  const scheduler = createScheduler(START, chance.fork());
  const weather = createWeather(chance.fork(), options.only);
  const faultChance = chance.fork();
  const ids = chance.fork();
  const providerSkewMs = chance.is(0.2) ? chance.integer(-600_000, 600_000) : 0;
  const sandboxChance = chance.fork();
  const sandbox = createSandbox({
    runtime: {
      now: () => scheduler.now() + providerSkewMs,
      random: () => sandboxChance.next(),
      fetch: () => Promise.reject(new Error('nobody is rung here')),
      schedule: () => {},
    },
    seed: {
      accounts: [
        { provider: 'google', email: 'g@simulation.sandbox', kind: 'work' },
        { provider: 'outlook', email: 'o@simulation.onmicrosoft.sandbox', kind: 'work' },
      ],
    },
  });
  const world: World = {
    seed,
    chance,
    scheduler,
    weather,
    sky: weather.describe(),
    sandbox,
    tenantId: ids.uuid() as TenantId,
    userId: ids.uuid() as UserId,
    places: [],
    store: base.store,
    admin: base.admin,
    revoked: new Set(),
    disconnected: new Set(),
    off: new Set(),
    disconnecting: new Map(),
    watch: { forgetWait: (side) => watch.forgetWait(side) },
    accidents: [],
    callCount: 0,
    writeCount: 0,
    changeCount: 0,
    claimable: null,
    pageSize: null,
    endedTokens: new Map(),
    createEngine: (life) => createEngine(world, life, { faultChance, ids, watch, areSkewed }),
  };
  const areSkewed = chance.is(0.2);
  const isSmall = chance.is(0.3);
  if (isSmall) world.pageSize = chance.integer(1, 3);
  const sky = weather.describe();
  const isForgetful = areSkewed || /killed|stalled|down|conflict|lost/.test(sky);
  const watch = createWatch(world, { isForgetful, mayOverlap: areSkewed || /stalled/.test(sky) });
  world.places = await settleIn(world, ids);
  return world;
}

async function settleIn(world: World, ids: Chance): Promise<Place[]> {
  const { admin, tenantId, userId, sandbox } = world;
  const now = new Date(START);
  await admin.query(
    // A seed may have been played here before.
    `delete from tenants where tenant_id = '${tenantId}';
     insert into tenants (tenant_id, name, created_at) values ('${tenantId}', 'Simulation', '${now.toISOString()}');
     insert into users (tenant_id, id, email, name, role, created_at)
       values ('${tenantId}', '${userId}', '${userId}@simulation.example', 'Sim', 'member', '${now.toISOString()}')`,
  );
  const places: Place[] = [];
  for (const side of sides) {
    const email = side === 'google' ? 'g@simulation.sandbox' : 'o@simulation.onmicrosoft.sandbox';
    const connectionId = ids.uuid() as ConnectionId;
    const calendarId = ids.uuid() as CalendarId;
    const externalCalendarId =
      side === 'google' ? email : await findOutlookCalendar(sandbox, email);
    const sealed = grantTokens(world, { side, email, connectionId }, START);
    await admin.query(
      `insert into calendar_integrations (tenant_id, id, user_id, provider, account_id, email, access_token,
         refresh_token, token_expires_at, state, state_since, created_at, updated_at, first_sync_at)
       values ($1, $2, $3, $4, $5, $5, $6, $7, $8, 'active', $9, $9, $9, $9)`,
      [
        tenantId,
        connectionId,
        userId,
        side.toUpperCase(),
        email,
        sealed.accessToken,
        sealed.refreshToken,
        sealed.expiresAt,
        now,
      ],
    );
    await admin.query(
      `insert into calendars (tenant_id, id, connection_id, external_id, name, is_primary, can_write,
         is_write_target, direction, created_at) values ($1, $2, $3, $4, 'Calendar', true, true, true, 'both', $5)`,
      [tenantId, calendarId, connectionId, externalCalendarId, now],
    );
    places.push({ side, email, externalCalendarId, calendarId, connectionId });
    await openChannel(world, { connectionId, calendarId }, now);
  }
  return places;
}

/** Of what a person does now. */
export const occasion = (world: World, chance: Chance) => ({
  now: new Date(world.scheduler.now()),
  newId: () => chance.uuid(),
});

/** Whether everybody is heard: what is said in a calendar that is not looked at is heard of all at once later. */
export const isAllHeard = ({ disconnected, off }: World): boolean =>
  disconnected.size + off.size === 0;

export const scopeOf = ({ tenantId, userId }: World) => ({ tenantId, userId });

/** What a consent gives, sealed as the product stores it. `at`: in ms. */
export function grantTokens(
  { sandbox, tenantId }: Pick<World, 'sandbox' | 'tenantId'>,
  { side, email, connectionId }: Pick<Place, 'side' | 'email' | 'connectionId'>,
  at: number,
) {
  const tokens = {
    accessToken: sandbox.issueToken({ provider: side, email }),
    refreshToken: `refresh ${side}`,
    expiresInSeconds: 3_599,
  };
  return sealTokens(keys, { tenantId, connectionId }, tokens, at);
}

/** Somebody rings, so that the clock has to ask but rarely; whether it rings is chance. */
export async function openChannel(
  { admin, tenantId, chance }: World,
  { connectionId, calendarId }: Pick<Place, 'connectionId' | 'calendarId'>,
  now: Date,
): Promise<void> {
  await admin.query(
    `insert into channels (tenant_id, id, connection_id, calendar_id, secret_hash, state, expires_at, created_at)
     select $1::uuid, $2::uuid, $3::uuid, $4::uuid, '', 'live', $5::timestamptz, $6::timestamptz
     where not exists (select from channels where tenant_id = $1 and calendar_id = $4)`,
    [tenantId, chance.uuid(), connectionId, calendarId, new Date(START + 1e10), now],
  );
}

async function findOutlookCalendar(sandbox: Sandbox, email: string): Promise<string> {
  const answer = await callAs(sandbox, 'outlook', email, 'GET', '/v1.0/me/calendar');
  return String(answer['id']);
}

/** A call to a provider's API as the account's owner makes it. Throws on a refusal. */
export async function callAs(
  sandbox: Sandbox,
  provider: Side,
  email: string,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const token = sandbox.issueToken({ provider, email });
  const response = await sandbox.fetch(
    new Request(`http://127.0.0.1:4800${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        prefer: 'IdType="ImmutableId", outlook.body-content-type="text", outlook.timezone="UTC"',
      },
      ...(body && { body: JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}

function createEngine(
  world: World,
  life: Life,
  chances: { faultChance: Chance; ids: Chance; watch: Watch; areSkewed: boolean },
): Engine {
  const { scheduler } = world;
  // Clocks of two machines never agree quite; some not at all.
  const skewMs = chances.areSkewed ? chances.faultChance.integer(-60_000, 60_000) : 0;
  const note = (fields: object, message: string) => {
    const { name } = fields as { name?: string };
    if (name && !['Injected', 'FenceLostError'].includes(name)) {
      world.accidents.push(`${message}: ${JSON.stringify(fields)}`);
    }
  };
  const runtime: Runtime = {
    now: () => scheduler.now() + skewMs,
    sleep: (ms, signal) => scheduler.park(life, 'sleep', ms, signal),
    random: () => chances.faultChance.next(),
    randomBytes: (length) =>
      createHash('shake256', { outputLength: length }).update(chances.ids.uuid()).digest(),
    newId: () => chances.ids.uuid(),
    send: (request) => send(world, life, request, chances),
    log: { debug() {}, info() {}, warn: note, error: note },
  };
  return {
    runtime,
    store: {
      app: proxyTransactions(world, life, world.store.app),
      system: proxyTransactions(world, life, world.store.system),
    },
    providers: createProviders(config, runtime),
    keys,
    webhookUrl: null,
  } as Engine;
}

/** Parks, and perhaps never comes back, or only when its lease has ended. */
async function passPoint(world: World, life: Life, label: string): Promise<void> {
  await world.scheduler.park(life, label);
  const fate = endProcess(world, life);
  if (fate === 'stalled') {
    await world.scheduler.park(life, `stalled at ${label}`, 12_000);
    life.stalledUntil = world.scheduler.now();
  }
  if (life.isDead) await new Promise(() => {});
}

/** Kills the process where that is its fate; nothing of it goes on then. */
function endProcess(world: World, life: Life): string | null {
  const fate = world.weather.drawProcess();
  if (fate === 'killed') {
    world.scheduler.trace.push(`${life.name} is killed`);
    life.isDead = true;
  }
  return fate;
}

/** From a decision to its call it takes less. */
const STALE_MS = 60_000;

async function send(
  world: World,
  life: Life,
  request: HttpRequest,
  { faultChance: chance, watch }: { faultChance: Chance; watch: Watch },
): Promise<HttpResponse> {
  const { scheduler } = world;
  const { pathname, search } = new URL(request.url);
  const name = `${request.method} ${pathname.slice(0, 60)}${search.slice(0, 40)}`;
  // Who has just stood still may carry out what another has done and settled meanwhile: ids and
  // versions guard that, and what was stored for it is gone.
  const stillMs = scheduler.now() - (life.stalledUntil ?? -Infinity);
  if (stillMs > STALE_MS && !life.isAttended) {
    world.accidents.push(...(await scheduler.during(() => watch.whenDecided(request))));
  }
  await passPoint(world, life, `call ${name}`);
  world.callCount++;
  if (!life.isAttended) world.accidents.push(...watch.beforeCall(request));
  const fate = drawFate(world, request);
  if (fate) scheduler.trace.push(`${life.name} meets ${fate}`);
  if (isWrite(request)) world.writeCount++;
  if (fate === 'late') void arriveLate(world, request, name, chance.integer(1_000, 60_000));
  if (fate === 'lost-before' || fate === 'late') throw new NetworkError('lost before it arrived');
  const instead = fate && answerBefore(fate, request, chance);
  const answer = instead ?? (await scheduler.during(() => reach(world, request)));
  watch.afterCall(request, answer);
  await passPoint(world, life, `answer ${answer.status} ${name}`);
  const spoilt = fate ? spoil(fate, request, answer) : answer;
  if (!spoilt) throw new NetworkError('the answer was lost');
  return spoilt;
}

const isWrite = ({ method, url }: HttpRequest) => method !== 'GET' && url.includes('/events');

async function arriveLate(
  world: World,
  request: HttpRequest,
  name: string,
  delayMs: number,
): Promise<void> {
  const network: Life = { name: 'the network', isDead: false };
  await world.scheduler.park(network, `late ${name}`, delayMs);
  await world.scheduler.during(() => reach(world, request));
}

/** A token that has ended once has ended for good, whatever the weather. */
function drawFate(world: World, request: HttpRequest): CallFate | null {
  const token = findSyncToken(request);
  const fate = world.weather.drawCall(request);
  const ended = token === null ? undefined : world.endedTokens.get(token);
  if (ended) return ended;
  if (token !== null && fate?.startsWith('sync-token')) world.endedTokens.set(token, fate);
  return fate;
}

async function reach(world: World, request: HttpRequest): Promise<HttpResponse> {
  if (request.method === 'POST' && /token/.test(new URL(request.url).pathname)) {
    return refresh(world, request);
  }
  const { method, url, headers, body } = world.pageSize
    ? withPages(request, world.pageSize)
    : request;
  const response = await world.sandbox.fetch(
    new Request(url, { method, ...(headers && { headers }), ...(body !== undefined && { body }) }),
  );
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}

/** A provider may make its pages as small as it likes. */
function withPages(request: HttpRequest, size: number): HttpRequest {
  const { url, headers } = request;
  const prefer = headers?.['prefer']?.replace(/maxpagesize=\d+/, `maxpagesize=${size}`);
  return {
    ...request,
    url: url.replace('maxResults=2500', `maxResults=${size}`),
    ...(headers && { headers: { ...headers, ...(prefer && { prefer }) } }),
  };
}

/** The token endpoints, in short: the sandbox's own are proven elsewhere. */
function refresh(world: World, request: HttpRequest): HttpResponse {
  const side = new URLSearchParams(request.body).get('refresh_token')?.split(' ')[1] as Side;
  const headers = { 'content-type': 'application/json' };
  if (world.revoked.has(side)) {
    return {
      status: 400,
      headers,
      body: JSON.stringify({ error: 'invalid_grant', error_description: 'Revoked.' }),
    };
  }
  const email = side === 'google' ? 'g@simulation.sandbox' : 'o@simulation.onmicrosoft.sandbox';
  const body = {
    access_token: world.sandbox.issueToken({ provider: side, email }),
    token_type: 'Bearer',
    expires_in: 3_599,
    scope: 'openid',
    ...(side === 'outlook' && { refresh_token: `refresh ${side}` }),
  };
  return { status: 200, headers, body: JSON.stringify(body) };
}

/** Each whole transaction is one step, so that no two open ones ever wait for each other. */
function proxyTransactions(world: World, life: Life, db: Databases['app']): Databases['app'] {
  const { scheduler, weather } = world;
  return new Proxy(db, {
    get(target, property) {
      // A statement on a connection of its own is a transaction by itself.
      const isAlone = property === 'connection';
      if (property !== 'transaction' && !isAlone) return Reflect.get(target, property);
      return () => ({
        async execute<T>(work: (tx: never) => Promise<T>): Promise<T> {
          await passPoint(world, life, 'transaction');
          const fate = weather.drawTransaction();
          if (fate) scheduler.trace.push(`${life.name} meets ${fate}`);
          if (fate === 'down') throw new Injected('the database is down', '57P01');
          const conflict = new Injected('could not serialize', '40001');
          if (isAlone && fate === 'conflict') throw conflict;
          const result = await scheduler.during(() =>
            target[property]().execute(async (tx: unknown) => {
              const value = await work(tx as never);
              if (fate === 'conflict') throw conflict;
              return value;
            }),
          );
          world.changeCount++;
          endProcess(world, life);
          if (life.isDead) await new Promise(() => {});
          if (fate === 'reply-lost') throw new Injected('the reply to commit was lost', '08006');
          return result;
        },
      });
    },
  });
}
