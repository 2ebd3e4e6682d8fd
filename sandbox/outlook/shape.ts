import { contextOf, type Call } from './call.ts';
import { renderCalendar } from './calendars.ts';
import { foldPropertyId } from './extended-properties.ts';
import { occurrenceIdOf, originalStartOf, renderEvent, type Wire } from './event-output.ts';
import { listExtensions } from './extensions.ts';
import { badQuery } from './graph-error.ts';
import { printOnce, viewOfPrefer } from './print-cache.ts';
import { noSuchProperty, readSelection, type Expansion, type Selection } from './select.ts';
import { listExceptions, type Occurrence } from './series.ts';
import type { StoredEvent } from './state.ts';
import { calendarOf } from './store.ts';

/** Where an event is being answered; some members depend on it. */
export type Place = 'item' | 'list' | 'view';

/**
 * Renders events as `$select` and `$expand` of a request want them; both are read once per request.
 */
export function shaperOf(
  call: Call,
  place: Place,
): (event: StoredEvent, occurrence: Occurrence | null) => Wire {
  return shaperFor(call, place, getSelection(call));
}

function getSelection(call: Call): Selection {
  const selection = readSelection(call.query, call.version);
  checkExceptionSupport(call, selection);
  return selection;
}

function shaperFor(
  call: Call,
  place: Place,
  selection: Selection,
): (event: StoredEvent, occurrence: Occurrence | null) => Wire {
  return (event, occurrence) => {
    const whole = renderEvent(call, event, occurrence, call.prefer);
    const wire = selection.members ? pick(whole, selection.members, place) : whole;
    addNamed(call, wire, event, occurrence, { selection, place });
    for (const expansion of selection.expand)
      expand(call, wire, event, { expansion, place, selection });
    return wire;
  };
}

/** The same as text. Listing a large calendar again costs no more than sending it. */
export function printerOf(
  call: Call,
  place: Place,
): (event: StoredEvent, occurrence: Occurrence | null) => string {
  const selection = getSelection(call);
  const shape = shaperFor(call, place, selection);
  const print = (event: StoredEvent, occurrence: Occurrence | null) =>
    JSON.stringify(shape(event, occurrence));
  if (!selection.expand.every(({ name }) => hangsOnChangeKey.has(name))) return print;
  const { query, version, prefer } = call;
  const asked = [place, version, query.get('select'), query.get('expand')];
  const view = JSON.stringify(asked) + viewOfPrefer(prefer);
  return (event, occurrence) =>
    // Occurrences are made for each request; a switch changes them too.
    occurrence ? print(event, occurrence) : printOnce(event, view, () => print(event, null));
}

/** Of all that can be expanded, what changes only together with the event's change key. */
const hangsOnChangeKey = new Set([
  'singlevalueextendedproperties',
  'multivalueextendedproperties',
  'attachments',
]);

function pick(whole: Wire, members: Set<string>, place: Place): Wire {
  const wire: Wire = { '@odata.etag': whole['@odata.etag'], id: whole.id };
  for (const name of Object.keys(whole)) {
    if (!members.has(name)) continue;
    // Source: calendar-list-calendarview: these two cannot be selected there.
    if (place === 'view' && /^(created|lastModified)DateTime$/.test(name)) continue;
    wire[name] = whole[name];
  }
  // Observed: a view gives the join link only together with isOnlineMeeting.
  if (place === 'view' && wire.onlineMeeting && !members.has('isOnlineMeeting')) {
    const { joinUrl: _joinUrl, ...rest } = wire.onlineMeeting as Wire;
    wire.onlineMeeting = rest;
  }
  return wire;
}

/** Members that only an explicit `$select` brings. Source: event (types), docs#5524. */
function addNamed(
  call: Call,
  wire: Wire,
  event: StoredEvent,
  occurrence: Occurrence | null,
  { selection: { named }, place }: { selection: Selection; place: Place },
): void {
  if (named.has('originalStart') && occurrence) {
    wire.originalStart = originalStartOf(event, occurrence);
  }
  const isMaster = event.series !== null && !occurrence && place === 'item';
  if (named.has('cancelledOccurrences') && isMaster) {
    wire.cancelledOccurrences = event.series?.cancelled
      .toSorted()
      .map((slot) => occurrenceIdOf(call.mailbox, event, slot, call.prefer));
  }
  if (named.has('uid')) wire.uid = event.iCalUId;
}

/** Some mailboxes know neither member. Source: closeio/sync-engine, closed with a fallback. */
function checkExceptionSupport({ world }: Call, { named, expand: expansions }: Selection): void {
  if (world.getSwitch('outlook.knowsExceptionOccurrences', true)) return;
  if (expansions.some(({ name }) => name === 'exceptionoccurrences')) {
    throw noSuchProperty('exceptionOccurrences');
  }
  for (const name of ['exceptionOccurrences', 'cancelledOccurrences']) {
    if (named.has(name)) throw noSuchProperty(name);
  }
}

function expand(
  call: Call,
  wire: Wire,
  event: StoredEvent,
  { expansion, place, selection }: { expansion: Expansion; place: Place; selection: Selection },
): void {
  switch (expansion.name) {
    case 'singlevalueextendedproperties':
      addProperties(wire, 'singleValueExtendedProperties', event.extendedProperties, expansion);
      return;
    case 'multivalueextendedproperties':
      addProperties(wire, 'multiValueExtendedProperties', event.multiValueProperties, expansion);
      return;
    case 'extensions':
      wire.extensions = listExtensions(event, idsOf(expansion));
      return;
    case 'exceptionoccurrences':
      if (event.series && place === 'item') {
        wire.exceptionOccurrences = exceptionsOf(call, event, expansion, selection);
      }
      return;
    case 'calendar':
      wire.calendar = renderCalendar(call, calendarOf(call.mailbox, event));
      return;
    case 'attachments':
      wire.attachments = [];
      return;
    default:
      throw badQuery(`The property '${expansion.name}' cannot be expanded.`);
  }
}

/**
 * Properties are answered only as far as the filter names them, under the id that was asked for.
 */
function addProperties(
  wire: Wire,
  member: string,
  properties: readonly { id: string; value: unknown }[],
  expansion: Expansion,
): void {
  const asked = new Map(idsOf(expansion).map((id) => [foldPropertyId(id), id]));
  const found = properties.flatMap(({ id, value }) => {
    const askedId = asked.get(foldPropertyId(id));
    return askedId === undefined ? [] : [{ id: askedId, value }];
  });
  if (found.length > 0) wire[member] = found;
}

/** The ids of `$filter=id eq 'a' or id eq 'b'` inside an expansion. */
function idsOf({ options }: Expansion): string[] {
  const filter = options.get('filter') ?? '';
  return [...filter.matchAll(/id\s+eq\s+'((?:[^']|'')*)'/gi)].map((match) =>
    (match[1] ?? '').replaceAll("''", "'"),
  );
}

/** Without a `$select` of their own they have the members of their series'. Source: event-get sample. */
function exceptionsOf(
  call: Call,
  event: StoredEvent,
  { options }: Expansion,
  outer: Selection,
): Wire[] {
  const own = getSelection({ ...call, query: options });
  const selection = options.get('select') === undefined ? { ...outer, expand: own.expand } : own;
  const inner = shaperFor(call, 'list', selection);
  return listExceptions(event).map((each) => inner(event, each));
}

/** `users('…')/events(subject,start)/$entity`. */
export function eventsContext(call: Call, path: string, isEntity: boolean): string {
  const select = call.query.get('select');
  const members = select ? `(${select})` : '';
  return contextOf(call, `${path}${members}${isEntity ? '/$entity' : ''}`);
}
