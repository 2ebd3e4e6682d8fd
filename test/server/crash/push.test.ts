import type { Scenario } from './every-step.ts';
import { tryEveryStep } from './every-step.ts';

/* What is changed here goes there. */

const scenarios: Scenario[] = [
  {
    name: 'made here',
    async arrange(play) {
      const { title } = await play.create();
      return { wanted: [{ title }] };
    },
  },
  {
    name: 'edited here',
    async arrange(play) {
      const event = await play.create();
      await play.settle();
      await play.edit(event, { location: 'Canteen' });
      return { wanted: [{ title: event.title, location: 'Canteen' }] };
    },
  },
  {
    name: 'deleted here',
    async arrange(play) {
      const event = await play.create();
      await play.settle();
      await play.remove(event);
      return { wanted: [] };
    },
  },
  {
    name: 'edited here while it is being made there',
    async arrange(play) {
      const event = await play.create();
      return {
        meanwhile: () => play.edit(event, { location: 'Canteen' }),
        wanted: [{ title: event.title, location: 'Canteen' }],
      };
    },
  },
  {
    name: 'deleted here while it is being made there',
    async arrange(play) {
      const event = await play.create();
      return { meanwhile: () => play.remove(event), wanted: [] };
    },
  },
  {
    name: 'edited there between our look and our write',
    async arrange(play) {
      const event = await play.create();
      await play.settle();
      await play.edit(event, { title: play.title('Named here') });
      await play.there.edit(await play.idOf(event), { location: 'Placed there' });
      return { wanted: [{ title: play.title('Named here'), location: 'Placed there' }] };
    },
  },
  {
    name: 'a copy in another account',
    isFresh: true,
    otherOf: (provider) => (provider === 'google' ? 'outlook' : 'google'),
    async arrange(play) {
      const { title } = await play.create();
      return { wanted: [{ title }] };
    },
  },
];

tryEveryStep(scenarios);
