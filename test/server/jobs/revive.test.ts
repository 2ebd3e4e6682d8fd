import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Activity } from '../../../src/api/schemas/activities.ts';
import { addActivity, getActivity } from '../../support/activities.ts';
import { edit, type Field, providers, startField } from '../../support/field.ts';

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

describe.each(providers)('%s', (provider) => {
  const other = provider === 'google' ? 'outlook' : 'google';

  test.each(['kept', 'edited'] as const)(
    '[U12] what came back from this calendar is in the other again once it is %s, and not before',
    async (how) => {
      const mailbox = await field.addConnected(provider);
      const { person } = mailbox;
      const second = await field.addConnected(other, { person });
      const title = `Back, ${how} at ${provider}`;
      const where = async () =>
        (await Promise.all([mailbox.live(), second.live()])).map((titles) =>
          titles.includes(title),
        );
      const activity = await addActivity(person, { title: 'Planned' });
      await field.sync();
      await mailbox.there.edit(await mailbox.idOf(activity), { title });
      await person.client.send('DELETE', `/api/activities/${activity.id}`);
      // The other calendar hears of the deletion first.
      field.fail({ provider }, { kind: 'status', status: 503 }, { times: 'always' });
      await field.sync(1_000);
      field.stack.sandbox.faults.clear();
      await field.sync();
      expect(await where()).toEqual([true, false]);
      const { copies } = await person.client.get<Activity>(`/api/activities/${activity.id}`);
      const asked = copies.find(({ is_revived }) => is_revived);
      if (how === 'edited') await edit(person, activity, { location: 'Roof' });
      else {
        const copy = `/api/activities/${activity.id}/copies/${asked?.id}`;
        await person.client.send('POST', `${copy}/resolve`, { choice: 'keep' });
      }
      await field.sync();
      expect(await where()).toEqual([true, true]);
      const states = (await getActivity(person, activity.id)).copies.map(({ state }) => state);
      expect(states).toEqual(['synced', 'synced']);
    },
  );
});
