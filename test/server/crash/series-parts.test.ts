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

/* A series that Outlook holds as several: each of them once, and the event one, whatever is cut off. */

const window = { from: '2027-02-20T00:00:00Z', to: '2027-05-01T00:00:00Z' };
const dates = ['2027-03-01', '2027-03-15', '2027-04-01', '2027-04-15'];
const rules = (rule: string) => ({ recurrence: { rules: [rule] } });

const make = (play: Play) =>
  makeSeries(
    play,
    {
      start: `${dates[0]}T09:00`,
      end: `${dates[0]}T10:00`,
      ...rules('FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=4'),
    },
    window,
  );

/** With the third changed, and the last cancelled. */
async function makeWithExceptions(play: Play): Promise<Written> {
  const made = await make(play);
  await change(made, `${made.path}/occurrences/${dates[1]}T09:00:00`, {
    scope: 'this',
    location: 'Roof',
  });
  await play.person.client.send('DELETE', `${made.path}/occurrences/${dates[3]}T09:00:00`);
  await play.settle();
  return made;
}

const at = (...days: string[]) => days.map((day) => `2027-${day}T09:00`);

const scenarios: Scenario[] = [
  {
    name: 'a series that is several there is made',
    async arrange(play) {
      return wanted(await make(play), at('03-01', '03-15', '04-01', '04-15'), 2);
    },
  },
  {
    name: 'it recurs otherwise, so that its exceptions are in another of them',
    async arrange(play) {
      const made = await makeWithExceptions(play);
      await change(made, made.path, rules('FREQ=MONTHLY;BYMONTHDAY=1,8,15;COUNT=6'));
      const days = at('03-01', '03-08', '04-01', '04-08');
      return wanted(made, [...days, '2027-03-15T09:00 Roof'], 3);
    },
  },
  {
    name: 'it recurs as one series can, with its exceptions',
    async arrange(play) {
      const made = await makeWithExceptions(play);
      await change(made, made.path, rules('FREQ=WEEKLY;COUNT=3'));
      return wanted(made, [...at('03-01', '03-08'), '2027-03-15T09:00 Roof'], 1);
    },
  },
  {
    name: 'one of them is moved to another hour there, and an occurrence of the other cancelled',
    async arrange(play) {
      const made = await make(play);
      await play.settle();
      const found = await findIn(made);
      const times = { start: `${dates[1]}T11:00`, end: `${dates[1]}T12:00` };
      await play.there.edit(found[1]?.seriesId ?? '', times);
      await play.there.remove(found[2]?.id ?? '');
      await play.look();
      return wanted(
        made,
        [dates[0], dates[1], dates[3]].map((date) => `${date}T11:00`),
        2,
      );
    },
  },
  deletes(makeWithExceptions),
];

tryInOutlook(scenarios);
