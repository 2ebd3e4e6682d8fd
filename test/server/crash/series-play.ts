import { randomUUID } from 'node:crypto';
import type { Activity } from '../../support/activities.ts';
import { describe, type Found, findThere } from '../../support/series.ts';
import { type Plan, type Scenario, tryEveryStep } from './every-step.ts';
import type { Play } from './play.ts';

/** A series in the middle of whose life an engine is cut off. */
export interface Written {
  play: Play;
  title: string;
  path: string;
  /** In which all of it is looked at. */
  window: { from: string; to: string };
}

/** Its title is none that the judge of single events looks for. */
export async function makeSeries(
  play: Play,
  fields: { start: string; end: string; recurrence: object },
  window: Written['window'],
): Promise<Written> {
  const title = `Series ${randomUUID()}`;
  const { id } = await play.create({ title, time_zone: 'Europe/Berlin', ...fields });
  return { play, title, path: `/api/activities/${id}`, window };
}

export async function change({ play, path }: Written, where: string, body: object): Promise<void> {
  const { version } = await play.person.client.get<Activity>(path);
  await play.person.client.send('PATCH', where, { version, ...body });
}

export const findIn = async ({ play, title, window }: Written): Promise<Found[]> =>
  (await findThere(play.there.call, play.provider, window)).filter((one) => one.title === title);

/**
 * What stands in the end, on both sides, as `start` and place; and as how many series there: single events
 * are none.
 */
export function wanted(made: Written, expected: string[], seriesCount: number): Plan {
  const { play, title, window } = made;
  const complain = async () => {
    const { activities } = await play.person.client.get<{ activities: Found[] }>(
      `/api/activities?from=${window.from}&to=${window.to}`,
    );
    const here = activities.filter((one) => one.title === title);
    const there = await findIn(made);
    const count = new Set(there.flatMap(({ seriesId }) => seriesId ?? [])).size;
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

/** It is deleted, with what was said of single dates. */
export const deletes = (make: (play: Play) => Promise<Written>): Scenario => ({
  name: 'it is deleted',
  async arrange(play) {
    const made = await make(play);
    await play.person.client.send('DELETE', made.path);
    return wanted(made, [], 0);
  },
});

/** The judge itself lists what is there; every step takes minutes. */
export const tryInOutlook = (scenarios: readonly Scenario[]): void =>
  tryEveryStep(
    scenarios.map((scenario) => ({ ...scenario, isListing: true, stride: 4 })),
    { only: ['outlook'] },
  );
