import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { clientOf, createTestWorld, eventPath, isRemote, type Body } from './client.ts';

const shared =
  process.env.KALENDS_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const samplesFolder = `${shared}/providers/data/graph-samples`;
const casesFile = `${shared}/cases/graph-events.json`;

/** What the server decides, whatever a client sends. Source: event, read-only members. */
const serverOwned = new Set([
  'id',
  'changeKey',
  'createdDateTime',
  'lastModifiedDateTime',
  'iCalUId',
  'uid',
  'webLink',
  'bodyPreview',
  'isOrganizer',
  'organizer',
  'responseStatus',
  'status',
  'proposedNewTime',
  'seriesMasterId',
  'originalStart',
  'originalStartTimeZone',
  'originalEndTimeZone',
  'occurrenceId',
  'hasAttachments',
  'onlineMeeting',
  'onlineMeetingUrl',
  'isCancelled',
  'isDraft',
  'cancelledOccurrences',
  'exceptionOccurrences',
  'calendar',
]);

interface Case {
  name: string;
  event: Body;
}

test.skipIf(isRemote || !existsSync(casesFile))(
  'recorded events go in and come back equal',
  async () => {
    const { items } = JSON.parse(readFileSync(casesFile, 'utf8')) as {
      items: { n: string; event: Body; realism: string }[];
    };
    const cases = items
      .filter(({ event }) => isEvent(event) && !event['@removed'])
      .map(({ n, event }) => ({ name: n, event }));
    expect(cases.length).toBeGreaterThan(35);
    await expectRoundTrips(cases);
  },
);

test.skipIf(isRemote || !existsSync(samplesFolder))(
  'documented events go in and come back equal',
  async () => {
    const cases = readdirSync(samplesFolder)
      .filter((file) => file.endsWith('.json') && !file.startsWith('beta-'))
      .flatMap((file) => eventsOf(file));
    expect(cases.length).toBeGreaterThan(40);
    await expectRoundTrips(cases);
  },
);

/** Events in a sample file, or in its list; placeholders (flag P of the index) are no fixtures. */
function eventsOf(file: string): Case[] {
  if (placeholders().has(file)) return [];
  const body = JSON.parse(readFileSync(`${samplesFolder}/${file}`, 'utf8')) as Body;
  const events = Array.isArray(body?.value) ? body.value : [body];
  return events.filter(isEvent).map((event: Body) => ({ name: file, event }));
}

let placeholderFiles: Set<string> | undefined;
function placeholders(): Set<string> {
  const index = () =>
    JSON.parse(readFileSync(`${samplesFolder}/index.json`, 'utf8')) as {
      files: { file: string | null; placeholder?: boolean }[];
    };
  placeholderFiles ??= new Set(
    index().files.flatMap(({ file, placeholder }) => (file && placeholder ? [file] : [])),
  );
  return placeholderFiles;
}

function isEvent(value: Body): boolean {
  return (
    typeof value?.start?.dateTime === 'string' &&
    typeof value?.end?.dateTime === 'string' &&
    typeof value.start.timeZone === 'string' &&
    // Free-busy items have a status instead of a subject.
    !('status' in value)
  );
}

async function expectRoundTrips(cases: Case[]): Promise<void> {
  for (const { name, event } of cases) {
    // A beta member of addresses that v1.0 does not have.
    delete event.location?.address?.type;
    const client = clientOf(createTestWorld());
    const { status, body } = await client.post('/v1.0/me/events', event);
    expect([name, status, body.error]).toEqual([name, 201, undefined]);
    // An answer in text was asked for in text.
    const bodyType = event.body?.contentType?.toLowerCase() === 'text' ? 'text' : 'html';
    const prefer = `outlook.timezone="${event.start.timeZone}", outlook.body-content-type="${bodyType}"`;
    const expand = propertiesOf(event);
    const read = await client.get(`${eventPath(body)}?$select=*${expand}`, { prefer });
    expectMembers(read.body, event, name.replaceAll('.', '_'));
  }
}

function propertiesOf({ singleValueExtendedProperties: properties }: Body): string {
  if (!properties) return '';
  const filter = properties.map(({ id }: Body) => `id eq '${id}'`).join(' or ');
  return `&$expand=singleValueExtendedProperties($filter=${filter})`;
}

/** Every member that was sent is there and equal, enum members in their own case. */
function expectMembers(actual: Body, sent: Body, path: string): void {
  if (Array.isArray(sent)) {
    expect([path, actual?.length]).toEqual([path, sent.length]);
    sent.forEach((item, index) => expectMembers(actual[index], item, `${path}[${index}]`));
    return;
  }
  if (typeof sent !== 'object' || sent === null) {
    expect([path, fold(actual, path)]).toEqual([path, fold(sent, path)]);
    return;
  }
  for (const [name, value] of Object.entries(sent)) {
    if (serverOwned.has(name) || name.includes('@')) continue;
    if (isServersChoice(name, sent, path)) continue;
    expectMembers(actual?.[name], value, `${path}.${name}`);
  }
}

/** Members that the server owns only in some places. */
function isServersChoice(name: string, sent: Body, path: string): boolean {
  // An online meeting is the calendar's doing: its provider, and its block in the body.
  if (/^(isOnlineMeeting|onlineMeetingProvider)$/.test(name)) return true;
  if (name === 'body' && (sent.isOnlineMeeting || sent.onlineMeetingProvider)) return true;
  if (name === 'locationType') return true;
  // The kind of event; of an attendee and of a pattern it is the client's.
  if (name === 'type' && /^[^.]+$/.test(path)) return true;
  // Unknown members of a sample's own making.
  if (/^(OccurrenceId|IsRoomRequested|AutoRoomBooking.*)$/i.test(name)) return true;
  return /extensions|multiValue/i.test(name) || (name === 'type' && path.endsWith('.address'));
}

const enumMembers = /\.(contentType|type|showAs|importance|sensitivity|index|firstDayOfWeek)$/;

function fold(value: Body, path: string): Body {
  if (typeof value !== 'string') return value;
  if (enumMembers.test(path) || /daysOfWeek\[\d+\]$/.test(path)) return value.toLowerCase();
  // Seven decimals in answers, any number in requests.
  if (/\.(start|end)\.dateTime$/.test(path))
    return value.replace(/(\.\d*?)0*$/, '$1').replace(/\.$/, '');
  // A fragment comes back inside a document.
  if (path.endsWith('.body.content')) return bodyOf(value);
  return value;
}

const bodyOf = (html: string) =>
  (/<body[^>]*>([\s\S]*)<\/body>/i.exec(html)?.[1] ?? html).trimEnd();
