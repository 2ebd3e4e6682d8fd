import { contextOf, ok, type Answer, type Call } from './call.ts';
import { pageOf } from './calendars.ts';
import { compileFilter, type Candidate } from './filter.ts';
import { badQuery, itemNotFound } from './graph-error.ts';
import { printList, Printed, withHead } from './printed.ts';
import { readWindow } from './query.ts';
import { contentOf, findOccurrence, isInWindow, listOccurrences } from './series.ts';
import { eventsContext, printerOf, type Place } from './shape.ts';
import type { Content, StoredCalendar, StoredEvent } from './state.ts';

/** `GET …/events`: single events and masters. Source: user-list-events. */
export function listEvents(call: Call, calendar: StoredCalendar): Answer {
  const events = [...calendar.events.values()];
  const context = eventsContext(call, 'events', false);
  const { query } = call;
  if (query.get('filter') !== undefined || query.get('orderby') !== undefined) {
    return answerList(call, events.map(whole), 'list', context);
  }
  const print = printerOf(call, 'list');
  const page = pageOf(call, events, (event) => print(event, null));
  return ok(printList({ '@odata.context': context, ...page }));
}

const wholes = new WeakMap<StoredEvent, Candidate>();

/** An event as its own candidate, made once: filters look at every event again and again. */
function whole(event: StoredEvent): Candidate {
  let candidate = wholes.get(event);
  if (!candidate) wholes.set(event, (candidate = { event, occurrence: null }));
  return candidate;
}

export function getEvent(call: Call, event: StoredEvent, slot: string | null): Answer {
  const occurrence = slot === null ? null : findOccurrence(event, slot);
  if (occurrence === undefined) throw itemNotFound();
  const text = printerOf(call, 'item')(event, occurrence);
  return ok(new Printed(withHead('@odata.context', eventsContext(call, 'events', true), text)));
}

/** `GET …/calendarView`: everything in the window, series expanded, masters left out. */
export function listView(call: Call, calendar: StoredCalendar): Answer {
  const { from, to } = readWindow(call.query);
  const candidates = listCandidates(calendar, from, to).sort(
    (a, b) => contentAt(a).start.at - contentAt(b).start.at,
  );
  return answerList(call, candidates, 'view', eventsContext(call, 'calendarView', false));
}

export function listCandidates(calendar: StoredCalendar, from: number, to: number): Candidate[] {
  const candidates: Candidate[] = [];
  for (const event of calendar.events.values()) {
    if (!event.series) {
      if (isInWindow(event, from, to)) candidates.push(whole(event));
    } else {
      for (const occurrence of listOccurrences(event, from, to)) {
        candidates.push({ event, occurrence });
      }
    }
  }
  return candidates;
}

/** `GET …/events/{id}/instances`: exceptions come first. Source: event-list-instances sample. */
export function listInstances(call: Call, event: StoredEvent, slot: string | null): Answer {
  const { from, to } = readWindow(call.query);
  if (!event.series || slot !== null) throw badQuery('Instances exist of a series master only.');
  const candidates = listOccurrences(event, from, to)
    .map((occurrence) => ({ event, occurrence }))
    .sort((a, b) => Number(!a.occurrence.exception) - Number(!b.occurrence.exception));
  return answerList(call, candidates, 'view', contextOf(call, 'events/instances'));
}

function answerList(call: Call, all: Candidate[], place: Place, context: string): Answer {
  const filter = call.query.get('filter');
  const found = filter === undefined ? all : all.filter(compileFilter(filter));
  const print = printerOf(call, place);
  const page = pageOf(call, inOrder(call, found), (each) => print(each.event, each.occurrence));
  return ok(printList({ '@odata.context': context, ...page }));
}

const contentAt = ({ event, occurrence }: Candidate): Content =>
  occurrence ? contentOf(event, occurrence) : event.content;

const orderings: Record<string, (candidate: Candidate) => string | number> = {
  'start/datetime': (candidate) => contentAt(candidate).start.at,
  'end/datetime': (candidate) => contentAt(candidate).end.at,
  subject: (candidate) => contentAt(candidate).subject?.toLowerCase() ?? '',
  createddatetime: ({ event }) => event.createdAt,
  lastmodifieddatetime: ({ event }) => event.modifiedAt,
};

function inOrder(call: Call, candidates: Candidate[]): Candidate[] {
  const text = call.query.get('orderby');
  if (text === undefined) return candidates;
  const keys = text.split(',').map((part) => {
    const [path = '', direction = 'asc'] = part.trim().toLowerCase().split(/\s+/);
    const read = orderings[path];
    if (!read) throw badQuery(`The property '${path}' cannot be used in $orderby.`);
    return { read, sign: direction === 'desc' ? -1 : 1 };
  });
  return candidates.toSorted((a, b) => {
    for (const { read, sign } of keys) {
      const [x, y] = [read(a), read(b)];
      if (x !== y) return x < y ? -sign : sign;
    }
    return 0;
  });
}
