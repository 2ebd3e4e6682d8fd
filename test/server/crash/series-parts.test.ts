import { randomUUID } from 'node:crypto';
import type { Activity } from '../../support/activities.ts';
import { describe, type Found, findThere } from '../../support/series.ts';
import { type Plan, type Scenario, tryEveryStep } from './every-step.ts';
import type { Play } from './play.ts';

/* A series that Outlook holds as several: each of them once, and the event one, whatever is cut off. */

const window = { from: '2027-02-20T00:00:00Z', to: '2027-05-01T00:00:00Z' };
const dates = ['2027-03-01', '2027-03-15', '2027-04-01', '2027-04-15'];
const rules = (rule: string) => ({ recurrence: { rules: [rule] } });

interface Written {
  play: Play;
  title: string;
  path: string;
}

/** Its title is none that the judge of single events looks for. */
async function make(play: Play): Promise<Written> {
  const title = `Series ${randomUUID()}`;
  const { id } = await play.create({
    title,
    start: `${dates[0]}T09:00`,
    end: `${dates[0]}T10:00`,
    time_zone: 'Europe/Berlin',
    ...rules('FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=4'),
  });
  return { play, title, path: `/api/activities/${id}` };
}

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

async function change({ play, path }: Written, where: string, body: object): Promise<void> {
  const { version } = await play.person.client.get<Activity>(path);
  await play.person.client.send('PATCH', where, { version, ...body });
}

const find = async ({ play, title }: Written): Promise<Found[]> =>
  (await findThere(play.there.call, play.provider, window)).filter((one) => one.title === title);

/** What stands in the end, on both sides, as `start` and place; and as how many series there. */
function wanted(made: Written, expected: string[], seriesCount: number): Plan {
  const { play, title } = made;
  const complain = async () => {
    const { activities } = await play.person.client.get<{ activities: Found[] }>(
      `/api/activities?from=${window.from}&to=${window.to}`,
    );
    const here = activities.filter((one) => one.title === title);
    const there = await find(made);
    const count = new Set(there.map(({ seriesId }) => seriesId)).size;
    const list = (found: readonly Found[]) =>
      found.map((one) => describe({ ...one, title: '' }).replace('  ', ' ')).sort();
    const wish = expected.map((one) => describe({ ...readWish(one), title: '' })).sort();
    return [
      ...[here, there].flatMap((found, index) =>
        list(found).join() === wish.join().replaceAll('  ', ' ')
          ? []
          : [`${index === 0 ? 'the CRM' : 'the calendar'} has ${list(found)}, wanted is ${wish}`],
      ),
      ...(count === seriesCount ? [] : [`there are ${count} series, wanted are ${seriesCount}`]),
    ];
  };
  return { wanted: [], complain };
}

function readWish(text: string): { start: string; location: string } {
  const [start = '', location = ''] = text.split(' ');
  return { start, location };
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
      const found = await find(made);
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
  {
    name: 'it is deleted',
    async arrange(play) {
      const made = await makeWithExceptions(play);
      await play.person.client.send('DELETE', made.path);
      return wanted(made, [], 0);
    },
  },
];

// The judge itself lists what is there; every step takes minutes.
tryEveryStep(
  scenarios.map((scenario) => ({ ...scenario, isListing: true, stride: 4 })),
  { only: ['outlook'] },
);
