import { expect, test } from 'vitest';
import {
  clientOf,
  createOk,
  createTestWorld,
  enc,
  insideTest,
  eventPath,
  newEvent,
} from './client.ts';

const world = () => createTestWorld();
const linkId = 'String {66f5a359-4659-4830-9070-00040ec6ac6e} Name LinkId';
const property = (value: string, id = linkId) => ({
  singleValueExtendedProperties: [{ id, value }],
});
const findBy = (filter: string) => `/v1.0/me/events?$filter=${enc(filter)}`;
const anyProperty = (inner: string) => findBy(`singleValueExtendedProperties/Any(ep: ${inner})`);

test('an extended property is answered only when it is expanded by its id', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent(property('7')));
  expect(event).not.toHaveProperty('singleValueExtendedProperties');
  const expand = `$expand=singleValueExtendedProperties($filter=id eq '${linkId}')`;
  const { body } = await client.get(`${eventPath(event)}?${expand}`);
  expect(body.singleValueExtendedProperties).toEqual([{ id: linkId, value: '7' }]);
  const other = `$expand=singleValueExtendedProperties($filter=id eq '${linkId}x')`;
  expect((await client.get(`${eventPath(event)}?${other}`)).body).not.toHaveProperty(
    'singleValueExtendedProperties',
  );
});

insideTest('events are found by an extended property and its value in any case', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent(property('Abc')));
  await createOk(client, newEvent(property('other')));
  const ids = async (path: string) => (await client.list(path)).map(({ id }) => id as string);
  const both = (value: string, id = linkId) => `ep/id eq '${id}' and ep/value eq '${value}'`;
  expect(await ids(anyProperty(both('abc')))).toEqual([event.id]);
  expect(await ids(anyProperty(both('Abc', linkId.replace('66F5', '66f5'))))).toEqual([event.id]);
  expect(await ids(anyProperty(both('abc', linkId.replace('LinkId', 'linkid'))))).toEqual([]);
  const starts = `ep/id eq '${linkId}' and startswith(ep/value, 'AB')`;
  expect(await ids(anyProperty(starts))).toEqual([event.id]);
  expect(await ids(anyProperty(`ep/id eq '${linkId}' and contains(ep/value, 'BC')`))).toEqual([
    event.id,
  ]);
  expect(await ids(anyProperty(`ep/id eq '${linkId}' and ep/value ne 'abc'`))).toHaveLength(1);
});

test('a PATCH adds to the extended properties, and writing null takes one away', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent(property('1')));
  const second = linkId.replace('LinkId', 'Second');
  await client.patch(eventPath(event), property('2', second));
  const read = async () => {
    const filter = `id eq '${linkId}' or id eq '${second}'`;
    const path = `${eventPath(event)}?$expand=singleValueExtendedProperties($filter=${filter})`;
    return (await client.get(path)).body.singleValueExtendedProperties as unknown;
  };
  expect(await read()).toHaveLength(2);
  await client.patch(eventPath(event), property('3'));
  expect(await read()).toContainEqual({ id: linkId, value: '3' });
});

test('a property id that is none is refused', async () => {
  const client = clientOf(world());
  const { status } = await client.post('/v1.0/me/events', newEvent(property('1', 'LinkId')));
  expect(status).toBe(400);
});

test('a property of several values is kept as a list and answered only when it is expanded', async () => {
  const client = clientOf(world());
  const id = linkId.replace('String', 'StringArray');
  const leads = (value: unknown) => ({ multiValueExtendedProperties: [{ id, value }] });
  const event = await createOk(client, newEvent(leads(['7', '8'])));
  expect(event).not.toHaveProperty('multiValueExtendedProperties');
  const expand = `$expand=multiValueExtendedProperties($filter=id eq '${id}')`;
  const read = async () => (await client.get(`${eventPath(event)}?${expand}`)).body;
  expect((await read()).multiValueExtendedProperties).toEqual([{ id, value: ['7', '8'] }]);
  await client.patch(eventPath(event), leads(['9']));
  expect((await read()).multiValueExtendedProperties).toEqual([{ id, value: ['9'] }]);
  expect((await client.patch(eventPath(event), leads('9'))).status).toBe(400);
});

test('an open extension is made, read, changed and deleted by its name', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent());
  const path = `${eventPath(event)}/extensions`;
  const made = await client.post(path, {
    '@odata.type': 'microsoft.graph.openTypeExtension',
    extensionName: 'com.example.crm',
    lead: 7,
  });
  expect([made.status, made.body]).toMatchObject([
    201,
    { id: 'microsoft.graph.openTypeExtension.com.example.crm', lead: 7 },
  ]);
  await client.patch(`${path}/com.example.crm`, { lead: 8 });
  const expand = "$expand=extensions($filter=id eq 'com.example.crm')";
  const { body } = await client.get(`${eventPath(event)}?${expand}`);
  expect(body.extensions).toMatchObject([{ extensionName: 'com.example.crm', lead: 8 }]);
  expect((await client.delete(`${path}/com.example.crm`)).status).toBe(204);
  expect((await client.get(`${path}/com.example.crm`)).status).toBe(404);
});

insideTest('events are found by the presence of an open extension', async () => {
  const client = clientOf(world());
  const extensions = [{ extensionName: 'com.example.crm', lead: 7 }];
  const event = await createOk(client, newEvent({ extensions }));
  await createOk(client, newEvent());
  const path = `${findBy("Extensions/any(f:f/id eq 'com.example.crm')")}&$expand=Extensions`;
  const found = await client.list(path);
  expect(found.map(({ id }) => id as string)).toEqual([event.id]);
  expect(found[0].extensions).toHaveLength(1);
});
