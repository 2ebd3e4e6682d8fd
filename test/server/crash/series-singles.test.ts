import type { Scenario } from './every-step.ts';
import type { Play } from './play.ts';
import {
  change,
  deletes,
  findIn,
  makeSeries,
  tryInOutlook,
  type Written,
  wanted,
} from './series-play.ts';

/* A series that is single events in Outlook: each once, and the event one, whatever is cut off. */

const DAY_MS = 24 * 60 * 60_000;
/** A day of the weeks to come. */
const day = (count: number) =>
  new Date(Date.now() + (40 + count) * DAY_MS).toISOString().slice(0, 10);
const window = { from: `${day(-5)}T00:00:00Z`, to: `${day(60)}T00:00:00Z` };
const at = (...days: number[]) => days.map((one) => `${day(one)}T09:00`);

const make = (play: Play) =>
  makeSeries(
    play,
    {
      start: `${day(0)}T09:00`,
      end: `${day(0)}T10:00`,
      recurrence: {
        rules: ['FREQ=WEEKLY;COUNT=2'],
        rdates: [`${day(9)}T09:00:00`, `${day(20)}T09:00:00`],
      },
    },
    window,
  );

/** With the second changed, and the last cancelled. */
async function makeWithExceptions(play: Play): Promise<Written> {
  const made = await make(play);
  await change(made, `${made.path}/occurrences/${day(7)}T09:00:00`, {
    scope: 'this',
    location: 'Roof',
  });
  await play.person.client.send('DELETE', `${made.path}/occurrences/${day(20)}T09:00:00`);
  await play.settle();
  return made;
}

const scenarios: Scenario[] = [
  {
    name: 'a series that is single events there is made',
    async arrange(play) {
      return wanted(await make(play), at(0, 7, 9, 20), 0);
    },
  },
  {
    name: 'one date is changed here, and one cancelled',
    async arrange(play) {
      const made = await make(play);
      await play.settle();
      await change(made, `${made.path}/occurrences/${day(7)}T09:00:00`, {
        scope: 'this',
        location: 'Roof',
      });
      await play.person.client.send('DELETE', `${made.path}/occurrences/${day(9)}T09:00:00`);
      return wanted(made, [...at(0, 20), `${day(7)}T09:00 Roof`], 0);
    },
  },
  {
    name: 'one date is changed there, and one deleted',
    async arrange(play) {
      const made = await make(play);
      await play.settle();
      const found = await findIn(made);
      await play.there.edit(found[1]?.id ?? '', { location: 'Roof' });
      await play.there.remove(found[2]?.id ?? '');
      await play.look();
      return wanted(made, [...at(0, 20), `${day(7)}T09:00 Roof`], 0);
    },
  },
  {
    name: 'it is moved to another hour, with its exceptions',
    async arrange(play) {
      const made = await makeWithExceptions(play);
      const times = { start: `${day(0)}T11:00`, end: `${day(0)}T12:00` };
      await change(made, made.path, { ...times, time_zone: 'Europe/Berlin' });
      const moved = [0, 9].map((one) => `${day(one)}T11:00`);
      return wanted(made, [...moved, `${day(7)}T11:00 Roof`], 0);
    },
  },
  {
    name: 'it recurs as one series can, with its exceptions',
    async arrange(play) {
      const made = await makeWithExceptions(play);
      await change(made, made.path, { recurrence: { rules: ['FREQ=WEEKLY;COUNT=3'] } });
      return wanted(made, [...at(0, 14), `${day(7)}T09:00 Roof`], 1);
    },
  },
  {
    name: 'one series there becomes single events, with its exceptions',
    async arrange(play) {
      const made = await makeWithExceptions(play);
      await change(made, made.path, { recurrence: { rules: ['FREQ=WEEKLY;COUNT=3'] } });
      await play.settle();
      const recurrence = { rules: ['FREQ=WEEKLY;COUNT=2'], rdates: [`${day(9)}T09:00:00`] };
      await change(made, made.path, { recurrence });
      return wanted(made, [...at(0, 9), `${day(7)}T09:00 Roof`], 0);
    },
  },
  deletes(makeWithExceptions),
];

tryInOutlook(scenarios);
