import { startAll } from '../../support/stack.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Plan, Scenario } from './every-step.ts';
import { tryEveryStep } from './every-step.ts';
import type { Play } from './play.ts';

/* What rings when a calendar changes is opened, renewed and stopped. */

const listStates = async ({ theatre, person }: Play): Promise<string[]> => {
  const rows = await theatre.query<{ state: string }>(
    'select state from channels where tenant_id = $1',
    [person.tenantId],
  );
  return rows.map(({ state }) => state);
};

/** One channel is there, and it rings: what is made there now comes here by it alone. */
async function mustRing(play: Play): Promise<string[]> {
  const states = await listStates(play);
  if (states.filter((state) => state === 'live').length !== 1) return [`channels are ${states}`];
  const title = play.title('Rung for');
  await play.there.create({ title });
  await waitFor('a ring', async () => {
    const rows = await play.theatre.query(
      'select 1 from calendars where tenant_id = $1 and pull_requested > pull_done',
      [play.person.tenantId],
    );
    return rows.length > 0;
  });
  // A second look within a second waits for its end.
  await play.recover();
  const rows = await play.theatre.query(
    'select 1 from calendar_events where tenant_id = $1 and title = $2',
    [play.person.tenantId, title],
  );
  return rows.length === 1 ? [] : [`${title} is here ${rows.length} times`];
}

/** The stored channels are `changed`, and the calendar is looked at. */
async function withChannels(play: Play, change: string): Promise<Plan> {
  const { tenantId } = play.person;
  await play.theatre.query(`${change} where tenant_id = $1`, [tenantId]);
  await play.theatre.query(
    'update calendars set watch_retry_at = null, watch_problem = null where tenant_id = $1',
    [tenantId],
  );
  await play.look();
  return { wanted: [], complain: () => mustRing(play) };
}

const scenarios: Scenario[] = [
  {
    name: 'a channel is opened',
    isFresh: true,
    isStarted: false,
    isListing: true,
    async arrange(play) {
      await startAll(play.person);
      return { wanted: [], complain: () => mustRing(play) };
    },
  },
  {
    name: 'a channel is renewed',
    isFresh: true,
    arrange: (play) => withChannels(play, 'update channels set renew_at = now()'),
  },
  {
    name: 'a channel has ended unnoticed',
    isFresh: true,
    async arrange(play) {
      await play.there.create({ title: play.title() });
      const ended = `update channels set expires_at = now() - interval '1 hour'`;
      return { ...(await withChannels(play, ended)), wanted: [{ title: play.title() }] };
    },
  },
  {
    name: 'a channel is stopped',
    isFresh: true,
    async arrange(play) {
      const { id } = await play.mailbox.connection();
      const calendar = await play.mailbox.calendar();
      const path = `/api/calendar/connections/${id}/calendars/${calendar.id}`;
      return {
        click: (client) => client.send('PATCH', path, { direction: 'out' }),
        isDone: async () => (await play.mailbox.calendar()).direction === 'out',
        wanted: [],
        async complain() {
          const states = await listStates(play);
          return states.length === 0 ? [] : [`channels are ${states}`];
        },
      };
    },
  },
];

tryEveryStep(scenarios, { withChannels: true });
