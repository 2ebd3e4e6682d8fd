import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Log } from '../../../src/runtime.ts';
import { addActivity, getActivity } from '../../support/activities.ts';
import {
  edit,
  type Field,
  listActivities,
  providers,
  type Slug,
  startField,
} from '../../support/field.ts';

const HOUR_MS = 60 * 60_000;

const logged: string[] = [];
const keep = (...args: unknown[]) => void logged.push(JSON.stringify(args));
const log: Log = { debug: keep, info: keep, warn: keep, error: keep };

let field: Field;
beforeAll(async () => {
  field = await startField({ log });
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

const rateLimits: Record<Slug, { status: number; reason?: string }[]> = {
  google: [{ status: 429 }, { status: 403, reason: 'rateLimitExceeded' }],
  outlook: [{ status: 429 }, { status: 503 }],
};

describe.each(providers)('%s', (provider) => {
  test('[F36] a grant that ended is known after one look, what waits is kept, and a reconnect drains it', async () => {
    const mailbox = await field.addConnected(provider);
    const { person, there, email } = mailbox;
    const activity = await addActivity(person, { title: 'Ours' });
    const theirs = await there.create({ title: 'Theirs' });
    await field.sync();
    field.stack.sandbox.revokeGrant({ provider, email });
    field.stack.sandbox.expireAccessTokens();
    await field.sync();
    expect(await mailbox.connection()).toMatchObject({
      state: 'needs_reconnect',
      reason: expect.stringMatching(/./),
    });
    await edit(person, activity, { title: 'Ours, edited' });
    const added = await addActivity(person, { title: 'Added meanwhile' });
    await there.edit(theirs, { title: 'Theirs, edited' });
    const watch = mailbox.watch();
    await field.sync();
    await field.sync();
    expect([watch.reads(), watch.writes()]).toEqual([[], []]);
    expect((await listActivities(person)).map(({ status }) => status)).toEqual(
      Array(3).fill('confirmed'),
    );
    expect((await getActivity(person, added.id)).copies).toHaveLength(1);
    await mailbox.connect();
    const all = ['Added meanwhile', 'Ours, edited', 'Theirs, edited'];
    expect(await mailbox.live()).toEqual(all);
    expect((await listActivities(person)).map(({ title }) => title).sort()).toEqual(all);
    expect((await mailbox.connection()).state).toBe('active');
  });

  test.each(rateLimits[provider])(
    '[F39] %j on the second page is waited out, and nothing of either page is dropped',
    async ({ status, reason }) => {
      const mailbox = await field.addMailbox(provider);
      for (let index = 0; index < 6; index++) await mailbox.there.create({ title: `${index}` });
      field.between({
        request: (request) => ({
          ...request,
          url: request.url.replace('maxResults=2500', 'maxResults=2'),
          headers: JSON.parse(
            JSON.stringify(request.headers ?? {}).replace('maxpagesize=500', 'maxpagesize=2'),
          ) as Record<string, string>,
        }),
      });
      const path = provider === 'google' ? 'pageToken=' : 'skiptoken=';
      const fired = field.fail(
        { provider, method: 'GET', path },
        { kind: 'status', status, retryAfterS: 40, ...(reason && { reason }) },
      );
      await mailbox.connect();
      expect(fired()).toBe(1);
      const watch = mailbox.watch();
      await field.sync(30_000);
      expect(watch.reads()).toEqual([]);
      await field.sync(11_000);
      expect((await listActivities(mailbox.person)).map(({ title }) => title).sort()).toEqual(
        [...Array(6).keys()].map(String),
      );
    },
  );

  test('[F39] however much there is to do, no more than four calls are under way at one mailbox', async () => {
    const mailbox = await field.addConnected(provider);
    for (let index = 0; index < 20; index++) await mailbox.there.create({ title: `In ${index}` });
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        addActivity(mailbox.person, { title: `Out ${index}` }),
      ),
    );
    const { runtime } = field.stack.context;
    const { send } = runtime;
    let [open, most] = [0, 0];
    runtime.send = async (request) => {
      most = Math.max(most, ++open);
      try {
        return await send(request);
      } finally {
        open--;
      }
    };
    // As many workers as there are lanes, all at once.
    await Promise.all(Array.from({ length: 6 }, () => field.sync(HOUR_MS)));
    await field.sync();
    runtime.send = send;
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(4);
    expect(await mailbox.live()).toHaveLength(40);
    expect(await listActivities(mailbox.person)).toHaveLength(40);
  });

  test('[F40] what is private is told to nobody: no colleague, no lead’s page, no log, no job', async () => {
    const canary = `Canary of ${provider}`;
    const mailbox = await field.addMailbox(provider);
    const { person, there } = mailbox;
    const colleague = await field.stack.addPerson({ tenantId: person.tenantId, role: 'admin' });
    await person.client.send('POST', '/api/leads', {
      name: 'Carla',
      email: 'carla@fontaine.example',
    });
    const secret = provider === 'google' ? { visibility: 'private' } : { sensitivity: 'private' };
    const id = await there.create({
      title: canary,
      location: canary,
      notes: canary,
      attendees: ['carla@fontaine.example'],
      raw: secret,
    });
    await mailbox.connect();
    const ours = await addActivity(person, { title: `${canary} too`, visibility: 'private' });
    await field.sync();
    // Also where something goes wrong with it.
    field.fail({ provider, method: 'PATCH' }, { kind: 'status', status: 400 });
    await edit(person, ours, { location: canary });
    await field.sync();
    await there.edit(id, { notes: `${canary}, edited` });
    await field.sync();
    expect((await listActivities(person)).map(({ title }) => title).sort()).toEqual([
      canary,
      `${canary} too`,
    ]);

    const told: string[] = [...logged];
    const paths = ['/api/activities', '/api/leads', '/api/admin/connections'];
    const { leads } = await colleague.client.get<{ leads: { id: string }[] }>('/api/leads');
    for (const lead of leads) {
      paths.push(`/api/leads/${lead.id}`, `/api/activities?lead_id=${lead.id}`);
    }
    for (const one of await listActivities(person)) {
      paths.push(`/api/activities/${one.id}`, `/api/activities/${one.id}/history`);
    }
    for (const path of paths) told.push(await (await colleague.client.fetch(path)).text());
    for (const table of ['jobs', 'sync_runs', 'unreadable_items', 'calendars', 'leads']) {
      told.push(JSON.stringify(await field.query(`select * from ${table}`)));
    }
    expect(told.filter((text) => text.includes(canary))).toEqual([]);
    // The colleague does see that there is something.
    const seen = await listActivities(colleague);
    expect(seen.length).toBe(2);
  });

  test('[F40] a disconnect ends all calls and keeps the events', async () => {
    const mailbox = await field.addConnected(provider);
    const { person, there } = mailbox;
    await there.create({ title: 'Kept' });
    await field.sync();
    const { id } = await mailbox.connection();
    await person.client.send('POST', '/api/calendar/connect', {
      action: 'disconnect',
      integration_id: id,
    });
    const watch = mailbox.watch();
    await there.create({ title: 'After' });
    for (let round = 0; round < 3; round++) await field.sync();
    expect([watch.reads(), watch.writes().length]).toEqual([[], 1]);
    const titles = (await listActivities(person)).map(({ title }) => title);
    expect(titles).toEqual(['Kept']);
    const tokens = await field.query(
      'select access_token, refresh_token from calendar_integrations where id = $1',
      [id],
    );
    expect(tokens).toEqual([{ access_token: null, refresh_token: null }]);
  });
});
