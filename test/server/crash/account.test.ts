import { planMirror } from '../../../src/store/mirrors.ts';
import { inTenant } from '../../../src/store/tenant.ts';
import type { Client } from '../../support/client.ts';
import type { Scenario } from './every-step.ts';
import { tryEveryStep } from './every-step.ts';
import { agree, type Play } from './play.ts';

/* An account comes, goes, comes back, or its access ends in the middle of things. */

/** Consents, and comes back through whichever server the client talks to; twice if asked twice. */
async function consent({ field, provider, mailbox }: Play, client: Client, id: string) {
  let { url } = await client.get<{ url: string }>(
    `/api/calendar/connect?action=connect&provider=${provider}&connection_id=${id}`,
  );
  for (let rounds = 0; rounds < 2 && !url.startsWith('/'); rounds++) {
    const callback = new URL(await field.stack.sandbox.consent(url, { email: mailbox.email }));
    // The address that is registered is the other server's.
    const path = callback.pathname + callback.search;
    const answer = await client.fetch(path, { redirect: 'manual' });
    url = answer.headers.get('location') ?? '/';
  }
}

async function disconnect(play: Play, deleteCopies: boolean) {
  const { event } = await agree(play);
  const { id } = await play.mailbox.connection();
  const stored = async () => {
    const [row] = await play.theatre.query<{ state: string; tokens: number; jobs: number }>(
      `select state, num_nonnulls(access_token, refresh_token) as tokens,
         (select count(*)::int from jobs where connection_id = $1) as jobs
       from calendar_integrations where id = $1`,
      [id],
    );
    return row;
  };
  const body = { action: 'disconnect', integration_id: id, delete_copies: deleteCopies };
  return {
    event,
    click: (client: Client) => client.send('POST', '/api/calendar/connect', body),
    isDone: async () => (await stored())?.state === 'disconnected',
    async complain() {
      const { state, tokens, jobs } = (await stored()) ?? {};
      const found = `${state} with ${tokens} tokens and ${jobs} jobs`;
      return found === 'disconnected with 0 tokens and 0 jobs' ? [] : [`it is ${found}`];
    },
  };
}

const stateOf = async (play: Play) => (await play.mailbox.connection()).state;

const scenarios: Scenario[] = [
  {
    name: 'started after the preview',
    isFresh: true,
    isStarted: false,
    isListing: true,
    async arrange(play) {
      await play.there.create({ title: play.title('Theirs') });
      await play.create({ title: play.title('Ours') });
      const { id } = await play.mailbox.connection();
      const isStarted = async () => (await play.mailbox.connection()).first_sync_at !== null;
      return {
        click: (client) => client.send('POST', `/api/calendar/connections/${id}/start`),
        isDone: isStarted,
        wanted: [{ title: play.title('Theirs') }, { title: play.title('Ours') }],
      };
    },
  },
  {
    name: 'an access token that was ended before its time',
    async arrange(play) {
      const { event } = await agree(play);
      await play.edit(event, { location: 'Canteen' });
      const { provider, mailbox, field } = play;
      field.stack.sandbox.expireAccessTokens({ provider, email: mailbox.email });
      return {
        wanted: [{ title: event.title, location: 'Canteen' }],
        complain: async () => {
          const state = await stateOf(play);
          return state === 'active' ? [] : [`the connection is ${state}`];
        },
      };
    },
  },
  {
    name: 'connected again after the grant had ended',
    isFresh: true,
    isListing: true,
    async arrange(play) {
      const { event, id } = await agree(play);
      const { provider, mailbox, field } = play;
      field.stack.sandbox.revokeGrant({ provider, email: mailbox.email });
      field.stack.sandbox.expireAccessTokens({ provider, email: mailbox.email });
      await play.edit(event, { title: play.title('Named here') });
      await play.there.edit(id, { location: 'Placed there' });
      await play.create({ title: play.title('New here') });
      await play.settle();
      const connection = await mailbox.connection();
      if (connection.state !== 'needs_reconnect') throw new Error(connection.state);
      return {
        click: (client) => consent(play, client, connection.id),
        isDone: async () => (await stateOf(play)) === 'active',
        wanted: [
          { title: play.title('Named here'), location: 'Placed there' },
          { title: play.title('New here') },
        ],
      };
    },
  },
  {
    name: 'disconnected, and copies stay',
    isFresh: true,
    async arrange(play) {
      const { event, ...plan } = await disconnect(play, false);
      return { ...plan, wanted: [{ title: event.title, isUnlinked: true }] };
    },
  },
  {
    name: 'disconnected, and copies go',
    isFresh: true,
    async arrange(play) {
      const { event, ...plan } = await disconnect(play, true);
      return { ...plan, wanted: [{ title: event.title, isThere: false }] };
    },
  },
  {
    name: 'mirrored into another account',
    isFresh: true,
    otherOf: (provider) => (provider === 'google' ? 'outlook' : 'google'),
    async arrange(play) {
      const { tenantId } = play.person;
      const { runtime, store } = play.field.stack.context;
      const [, other] = play.mailboxes;
      await play.there.create({ title: play.title(), location: 'Theirs' });
      await play.look();
      await play.settle();
      const [event] = await play.theatre.query<{ id: string }>(
        'select id from calendar_events where tenant_id = $1',
        [tenantId],
      );
      const connectionId = (await other?.connection())?.id;
      const mirror = {
        eventId: event?.id as never,
        connectionId: connectionId as never,
        shows: 'all' as const,
        now: new Date(runtime.now()),
        newId: () => runtime.newId(),
      };
      await inTenant(store, { tenantId }, (tx) => planMirror(tx, mirror));
      return { wanted: [{ title: play.title(), location: 'Theirs' }] };
    },
  },
];

tryEveryStep(scenarios);
