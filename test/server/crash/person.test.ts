import { BRAKE_REASON } from '../../../src/store/brakes.ts';
import type { Scenario } from './every-step.ts';
import { tryEveryStep } from './every-step.ts';
import { agree, type Play } from './play.ts';

/* A person decides something, and the server may die while they do; then they do it again. */

interface Shown {
  status: string;
  location: string;
  copies: { id: string; state: string; choices: string[] }[];
}

const show = async (play: Play, { id }: { id: string }): Promise<Shown | undefined> => {
  const answer = await play.person.client.fetch(`/api/activities/${id}`);
  return answer.ok ? ((await answer.json()) as Shown) : undefined;
};

/** Answers what is asked about the event's copy. */
async function settleCopy(play: Play, event: { id: string }, choice: string) {
  const copy = (await show(play, event))?.copies.find(({ choices }) => choices.includes(choice));
  if (!copy) throw new Error(`${choice} is not to be chosen`);
  const path = `/api/activities/${event.id}/copies/${copy.id}/resolve`;
  const isAsked = async () =>
    (await show(play, event))?.copies.some((one) => one.id === copy.id && one.choices.length > 0);
  return {
    click: (client: Play['person']['client']) => client.send('POST', path, { choice }),
    isDone: async () => !(await isAsked()),
  };
}

/** Two events were deleted here, and the brake has stopped before they are deleted there. */
async function brake(play: Play, choice: 'keep' | 'delete') {
  const events = [
    await play.create({ title: play.title('First') }),
    await play.create({ title: play.title('Second') }),
  ];
  await play.settle();
  for (const event of events) await play.remove(event);
  // As if there had been more of them: the stop itself is tried elsewhere.
  await play.theatre.query(
    `update event_links set state = 'paused', state_reason = $2, next_attempt_at = null
     where tenant_id = $1 and next_attempt_at is not null`,
    [play.person.tenantId, BRAKE_REASON],
  );
  const since = new Date().toISOString();
  await play.theatre.query(
    'update calendars set brake = $2 where tenant_id = $1 and is_write_target',
    [play.person.tenantId, JSON.stringify({ count: 2, total: 2, since, decision: null })],
  );
  await play.settle();
  const calendar = await play.mailbox.calendar();
  const { id } = await play.mailbox.connection();
  const path = `/api/calendar/connections/${id}/calendars/${calendar.id}/brake`;
  return {
    click: (client: Play['person']['client']) => client.send('POST', path, { choice }),
    isDone: async () => (await play.mailbox.calendar()).brake?.decision !== null,
    complain: async () => ((await play.mailbox.calendar()).brake ? ['the brake still holds'] : []),
  };
}

const scenarios: Scenario[] = [
  {
    name: 'an edit is taken back',
    async arrange(play) {
      const { event } = await agree(play);
      await play.edit(event, { location: 'Wrong' });
      await play.settle();
      const path = `/api/activities/${event.id}/history`;
      const { entries } = await play.person.client.get<{
        entries: { id: string; change: string }[];
      }>(path);
      const entry = entries.find(({ change }) => change === 'updated');
      return {
        click: (client) => client.send('POST', `${path}/${entry?.id}/undo`),
        isDone: async () => (await show(play, event))?.location === '',
        wanted: [{ title: event.title }],
      };
    },
  },
  {
    name: 'what was deleted here is restored',
    async arrange(play) {
      const { event } = await agree(play);
      await play.remove(event);
      await play.settle();
      return {
        click: (client) => client.send('POST', `/api/activities/${event.id}/restore`),
        isDone: async () => (await show(play, event)) !== undefined,
        wanted: [{ title: event.title }],
      };
    },
  },
  {
    name: 'what was deleted there is restored',
    async arrange(play) {
      const { event, id } = await agree(play);
      await play.there.remove(id);
      await play.look();
      await play.settle();
      return {
        click: (client) => client.send('POST', `/api/activities/${event.id}/restore`),
        isDone: async () => (await show(play, event))?.status === 'confirmed',
        wanted: [{ title: event.title }],
      };
    },
  },
  {
    name: 'of a conflict the other version is taken',
    async arrange(play) {
      const { event, id } = await agree(play);
      await play.edit(event, { location: 'From here' });
      await play.there.edit(id, { location: 'From there' });
      await play.look();
      await play.settle();
      return {
        ...(await settleCopy(play, event, 'take-other')),
        wanted: [{ title: event.title, location: 'From there' }],
      };
    },
  },
  {
    name: 'a copy that was deleted there is put back',
    async arrange(play) {
      const { event, id } = await agree(play);
      await play.there.remove(id);
      await play.edit(event, { location: 'Edited here' });
      await play.look();
      await play.settle();
      return {
        ...(await settleCopy(play, event, 'put-back')),
        wanted: [{ title: event.title, location: 'Edited here' }],
      };
    },
  },
  {
    name: 'what came back is deleted all the same',
    async arrange(play) {
      const { event, id } = await agree(play);
      await play.there.edit(id, { location: 'Edited there' });
      await play.remove(event);
      await play.look();
      await play.settle();
      return { ...(await settleCopy(play, event, 'delete')), wanted: [] };
    },
  },
  {
    name: 'many deletions there stop and ask',
    // Eleven copies are looked at, one like the other, each in three steps.
    stride: 4,
    isFresh: true,
    async arrange(play) {
      const titles = Array.from({ length: 11 }, (_, index) => play.title(`Entry ${index}`));
      const ids = await Promise.all(titles.map((title) => play.there.create({ title })));
      await play.look();
      await play.settle();
      await Promise.all(ids.map((id) => play.there.remove(id)));
      await play.look();
      return {
        wanted: titles.map((title) => ({ title, isThere: false, copies: 'paused' })),
        async complain() {
          const { brake: found } = await play.mailbox.calendar();
          return found?.count === 11 && found.decision === null ? [] : ['nobody is asked'];
        },
      };
    },
  },
  {
    name: 'the brake is told to delete',
    async arrange(play) {
      return { ...(await brake(play, 'delete')), wanted: [] };
    },
  },
  {
    name: 'the brake is told to keep',
    async arrange(play) {
      const stays = ['First', 'Second'].map((text) => ({
        title: play.title(text),
        here: 'nowhere' as const,
        isThere: true,
      }));
      return { ...(await brake(play, 'keep')), wanted: stays };
    },
  },
];

tryEveryStep(scenarios);
