import { contextOf, nextLink, ok, type Answer, type Call } from './call.ts';
import { accessDenied, GraphError, invalidProperty, itemNotFound } from './graph-error.ts';
import { calendarId, changeKeyOf, groupId, parseId, randomUuid } from './ids.ts';
import { isAbsent, readEnum, readObject, readString } from './json.ts';
import { allowedProviders, defaultProvider } from './online-meeting.ts';
import { readPage } from './query.ts';
import { nextSeq, type CalendarGroup, type StoredCalendar } from './state.ts';
import { addCalendar, removeEvent } from './store.ts';

const colors = [
  'auto',
  'lightBlue',
  'lightGreen',
  'lightOrange',
  'lightGray',
  'lightYellow',
  'lightTeal',
  'lightPink',
  'lightBrown',
  'lightRed',
  'maxColor',
] as const;

export function renderCalendar(call: Call, calendar: StoredCalendar): Record<string, unknown> {
  const { mailbox } = call;
  const { account } = mailbox;
  return {
    id: calendarId(mailbox, calendar),
    name: calendar.name,
    color: calendar.color,
    hexColor: calendar.hexColor,
    isDefaultCalendar: calendar.isDefault,
    changeKey: changeKeyOf(mailbox, calendar.changedSeq),
    canShare: calendar.canEdit,
    canViewPrivateItems: true,
    canEdit: calendar.canEdit,
    allowedOnlineMeetingProviders: allowedProviders(mailbox),
    defaultOnlineMeetingProvider: defaultProvider(mailbox),
    isTallyingResponses: calendar.isDefault,
    isRemovable: calendar.isRemovable && !calendar.isDefault,
    owner: { name: account.name, address: account.email },
  };
}

export function listCalendars(call: Call, group: CalendarGroup | null): Answer {
  const calendars = [...call.mailbox.calendars.values()].filter(
    (calendar) => !group || calendar.groupKey === group.key,
  );
  const body = pageOf(call, calendars, (calendar) => renderCalendar(call, calendar));
  return ok({ '@odata.context': contextOf(call, 'calendars'), ...body });
}

/** One page of a list, with the link to the next. Source: paging. */
export function pageOf<T, Item>(
  call: Call,
  items: readonly T[],
  render: (item: T) => Item,
): { value: Item[] } {
  const { top, skip } = readPage(call.query);
  const hasMore = items.length > skip + top;
  return {
    ...(call.query.get('count') === 'true' && { '@odata.count': items.length }),
    value: items.slice(skip, skip + top).map(render),
    ...(hasMore && { '@odata.nextLink': nextLink(call, { $skip: String(skip + top) }) }),
  };
}

const calendarAnswer = (call: Call, calendar: StoredCalendar, status = 200): Answer => ({
  status,
  body: {
    '@odata.context': contextOf(call, 'calendars/$entity'),
    ...renderCalendar(call, calendar),
  },
});

export function createCalendar(call: Call, group: CalendarGroup | null): Answer {
  const input = readObject(call.body, 'calendar');
  const name = typeof input.name === 'string' ? input.name.trim() : '';
  if (name === '') throw invalidProperty('A calendar needs a name.');
  checkNameIsFree(call, name);
  const calendar = addCalendar(call.state, call.mailbox, {
    name,
    ...(group && { groupKey: group.key }),
    ...(!isAbsent(input.color) && { color: readEnum(input.color, colors, 'color') }),
  });
  call.log.calendarId = calendarId(call.mailbox, calendar);
  return calendarAnswer(call, calendar, 201);
}

function checkNameIsFree({ mailbox }: Call, name: string, self?: StoredCalendar): void {
  for (const calendar of mailbox.calendars.values()) {
    if (calendar === self || calendar.name.toLowerCase() !== name.toLowerCase()) continue;
    throw new GraphError(
      409,
      'ErrorFolderExists',
      'A folder with the specified name already exists.',
    );
  }
}

export function answerCalendar(call: Call, calendar: StoredCalendar): Answer {
  switch (call.method) {
    case 'GET':
      return calendarAnswer(call, calendar);
    case 'PATCH':
      return updateCalendar(call, calendar);
    default:
      return deleteCalendar(call, calendar);
  }
}

function updateCalendar(call: Call, calendar: StoredCalendar): Answer {
  const input = readObject(call.body, 'calendar');
  if (input.name !== undefined) {
    const name = readString(input.name, 'name').trim();
    checkNameIsFree(call, name, calendar);
    calendar.name = name;
  }
  if (input.color !== undefined) calendar.color = readEnum(input.color, colors, 'color');
  if (input.isDefaultCalendar === true && !calendar.isDefault) {
    for (const each of call.mailbox.calendars.values()) each.isDefault = each === calendar;
  }
  calendar.changedSeq = nextSeq(call.state);
  return calendarAnswer(call, calendar);
}

/** The default calendar cannot be removed; the events of another go with it. */
function deleteCalendar(call: Call, calendar: StoredCalendar): Answer {
  if (calendar.isDefault || !calendar.isRemovable) {
    throw new GraphError(400, 'ErrorDeleteDistinguishedFolder', 'This folder cannot be deleted.');
  }
  for (const event of calendar.events.values()) removeEvent(call, call.mailbox, event);
  call.mailbox.calendars.delete(calendar.key);
  return { status: 204 };
}

export function getGroup(call: Call, id: string): CalendarGroup {
  const parsed = parseId(call.mailbox, id);
  const group = call.mailbox.groups.get(parsed.key);
  if (parsed.kind !== 'group' || !group) throw itemNotFound();
  return group;
}

const renderGroup = ({ mailbox }: Call, group: CalendarGroup) => ({
  id: groupId(mailbox, group),
  name: group.name,
  classId: group.classId,
  changeKey: changeKeyOf(mailbox, group.changedSeq),
});

export function answerGroups(call: Call): Answer {
  const context = contextOf(call, 'calendarGroups');
  if (call.method === 'GET') {
    const groups = [...call.mailbox.groups.values()];
    return ok({
      '@odata.context': context,
      ...pageOf(call, groups, (each) => renderGroup(call, each)),
    });
  }
  const name = readString(readObject(call.body, 'calendarGroup').name, 'name');
  const seq = nextSeq(call.state);
  const group: CalendarGroup = {
    key: `g${seq.toString(36)}`,
    name,
    classId: randomUuid(call.world.runtime),
    changedSeq: seq,
  };
  call.mailbox.groups.set(group.key, group);
  const body = { '@odata.context': `${context}/$entity`, ...renderGroup(call, group) };
  return { status: 201, body };
}

export function answerGroup(call: Call, group: CalendarGroup): Answer {
  if (call.method === 'PATCH') {
    group.name = readString(readObject(call.body, 'calendarGroup').name, 'name');
    group.changedSeq = nextSeq(call.state);
  }
  if (call.method === 'DELETE') {
    const isUsed = [...call.mailbox.calendars.values()].some(
      ({ groupKey }) => groupKey === group.key,
    );
    if (isUsed) throw accessDenied();
    call.mailbox.groups.delete(group.key);
    return { status: 204 };
  }
  const context = contextOf(call, 'calendarGroups/$entity');
  return ok({ '@odata.context': context, ...renderGroup(call, group) });
}
