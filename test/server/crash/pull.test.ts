import { startAll } from '../../support/stack.ts';
import type { Scenario } from './every-step.ts';
import { tryEveryStep } from './every-step.ts';
import type { Play } from './play.ts';

/* What is changed there comes here. */

const titles = (play: Play, count: number) =>
  Array.from({ length: count }, (_, index) => play.title(`Entry ${index}`));

const scenarios: Scenario[] = [
  {
    name: 'made there',
    async arrange(play) {
      await play.there.create({ title: play.title(), location: 'Theirs' });
      await play.look();
      return { wanted: [{ title: play.title(), location: 'Theirs' }] };
    },
  },
  {
    name: 'edited there',
    async arrange(play) {
      const event = await play.create();
      await play.settle();
      await play.there.edit(await play.idOf(event), { location: 'Canteen' });
      await play.look();
      return { wanted: [{ title: event.title, location: 'Canteen' }] };
    },
  },
  {
    name: 'deleted there',
    async arrange(play) {
      const event = await play.create();
      await play.settle();
      await play.there.remove(await play.idOf(event));
      await play.look();
      return { wanted: [{ title: event.title, here: 'cancelled' }] };
    },
  },
  {
    name: 'several pages of changes',
    async arrange(play) {
      const kept = await play.create({ title: play.title('Kept') });
      const gone = await play.create({ title: play.title('Gone') });
      await play.settle();
      const [keptId, goneId] = [await play.idOf(kept), await play.idOf(gone)];
      play.shortenPages();
      for (const title of titles(play, 3)) await play.there.create({ title });
      await play.there.edit(keptId, { location: 'Canteen' });
      await play.there.remove(goneId);
      await play.look();
      return {
        wanted: [
          ...titles(play, 3).map((title) => ({ title })),
          { title: kept.title, location: 'Canteen' },
          { title: gone.title, here: 'cancelled' },
        ],
      };
    },
  },
  {
    name: 'a first listing of several pages',
    isFresh: true,
    isStarted: false,
    isListing: true,
    async arrange(play) {
      play.shortenPages();
      for (const title of titles(play, 5)) await play.there.create({ title });
      await startAll(play.person);
      return { wanted: titles(play, 5).map((title) => ({ title })) };
    },
  },
  {
    name: 'an ended sync token, and all is listed anew',
    isFresh: true,
    isListing: true,
    async arrange(play) {
      const [kept, gone, edited] = [
        await play.create({ title: play.title('Kept') }),
        await play.create({ title: play.title('Gone') }),
        await play.create({ title: play.title('Edited here') }),
      ];
      await play.settle();
      await play.endSyncToken();
      play.shortenPages();
      await play.there.edit(await play.idOf(kept), { location: 'Canteen' });
      await play.there.remove(await play.idOf(gone));
      await play.there.create({ title: play.title('New') });
      await play.edit(edited, { location: 'Garden' });
      await play.look();
      return {
        wanted: [
          { title: kept.title, location: 'Canteen' },
          { title: gone.title, here: 'cancelled' },
          { title: play.title('New') },
          { title: edited.title, location: 'Garden' },
        ],
      };
    },
  },
  {
    name: 'moved into another calendar of the account',
    async prepare(play) {
      const { there, person, mailbox } = play;
      const isGoogle = play.provider === 'google';
      const made = isGoogle
        ? await there.call('POST', '/calendar/v3/calendars', { summary: 'Second' })
        : await there.call('POST', '/v1.0/me/calendars', { name: 'Second' });
      const id = encodeURIComponent(String(made['id']));
      play.calendars.push(`${isGoogle ? '/calendar/v3' : '/v1.0/me'}/calendars/${id}`);
      await play.field.stack.connect(person, play.provider, mailbox.email);
      const path = `/api/calendar/connections/${(await mailbox.connection()).id}/calendars`;
      const { calendars } = await person.client.get<{ calendars: { id: string; name: string }[] }>(
        path,
      );
      const second = calendars.find(({ name }) => name === 'Second');
      await person.client.send('PATCH', `${path}/${second?.id}`, { direction: 'both' });
      await play.settle();
    },
    async arrange(play) {
      const event = await play.create({ location: 'Moves' });
      await play.settle();
      const id = await play.idOf(event);
      const calendarId = decodeURIComponent(play.calendars[0]?.split('/').at(-1) ?? '');
      if (play.provider === 'google') {
        const path = `/calendar/v3/calendars/primary/events/${id}/move`;
        await play.there.call('POST', `${path}?destination=${encodeURIComponent(calendarId)}`);
      } else {
        const { sandbox } = play.field.stack;
        const account = sandbox.world.findAccount('outlook', play.mailbox.email);
        sandbox.outlookActs.moveEvent(account?.id ?? '', id, calendarId);
      }
      await play.look();
      return { wanted: [{ title: event.title, location: 'Moves' }] };
    },
  },
];

tryEveryStep(scenarios);
