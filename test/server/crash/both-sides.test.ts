import type { Scenario } from './every-step.ts';
import { tryEveryStep } from './every-step.ts';
import { agree, type Play } from './play.ts';

/* Something was changed here, and something there, before either side has heard of the other. */

/** What the history of an event has to tell. */
const mustTell =
  (play: Play, { id }: { id: string }, lost: string) =>
  async () => {
    const path = `/api/activities/${id}/history`;
    const { entries } = await play.person.client.get<{
      entries: { change: string; before: unknown }[];
    }>(path);
    const told = entries.filter(
      ({ change, before }) => change === 'conflict' && JSON.stringify(before).includes(lost),
    );
    return told.length === 1 ? [] : [`the history tells ${told.length} times of what lost`];
  };

const scenarios: Scenario[] = [
  {
    name: 'different fields on both sides',
    async arrange(play) {
      const { event, id } = await agree(play);
      await play.edit(event, { title: play.title('Named here') });
      await play.there.edit(id, { location: 'Placed there' });
      await play.look();
      return { wanted: [{ title: play.title('Named here'), location: 'Placed there' }] };
    },
  },
  {
    name: 'one field, differently, on both sides',
    async arrange(play) {
      const { event, id } = await agree(play);
      await play.edit(event, { location: 'From here' });
      await play.there.edit(id, { location: 'From there' });
      await play.look();
      return {
        wanted: [{ title: event.title, location: 'From here', copies: 'conflict' }],
        complain: mustTell(play, event, 'From there'),
      };
    },
  },
  {
    name: 'one field, alike, on both sides',
    async arrange(play) {
      const { event, id } = await agree(play);
      await play.edit(event, { location: 'Canteen' });
      await play.there.edit(id, { location: 'Canteen' });
      await play.look();
      return { wanted: [{ title: event.title, location: 'Canteen' }] };
    },
  },
  {
    name: 'deleted here and edited there',
    async arrange(play) {
      const { event, id } = await agree(play);
      await play.there.edit(id, { location: 'Edited there' });
      await play.remove(event);
      await play.look();
      return { wanted: [{ title: event.title, location: 'Edited there', copies: 'conflict' }] };
    },
  },
  {
    name: 'deleted there and edited here',
    async arrange(play) {
      const { event, id } = await agree(play);
      await play.there.remove(id);
      await play.edit(event, { location: 'Edited here' });
      await play.look();
      return {
        wanted: [
          { title: event.title, location: 'Edited here', isThere: false, copies: 'detached' },
        ],
      };
    },
  },
  {
    name: 'deleted on both sides',
    async arrange(play) {
      const { event, id } = await agree(play);
      await play.there.remove(id);
      await play.remove(event);
      await play.look();
      return { wanted: [] };
    },
  },
];

tryEveryStep(scenarios);
