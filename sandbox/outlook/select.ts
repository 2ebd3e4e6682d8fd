import { badQuery } from './graph-error.ts';
import { readQuery, type Query } from './query.ts';

/** Members of an event that `$select` may name. Source: v1.0 CSDL, event. */
const eventMembers = new Set(
  (
    'id createdDateTime lastModifiedDateTime changeKey categories transactionId ' +
    'originalStartTimeZone originalEndTimeZone iCalUId reminderMinutesBeforeStart isReminderOn ' +
    'hasAttachments subject bodyPreview importance sensitivity isAllDay isCancelled isOrganizer ' +
    'responseRequested seriesMasterId showAs type webLink onlineMeetingUrl isOnlineMeeting ' +
    'onlineMeetingProvider allowNewTimeProposals isDraft hideAttendees responseStatus body start ' +
    'end location locations recurrence attendees organizer onlineMeeting originalStart ' +
    'cancelledOccurrences exceptionOccurrences attachments calendar extensions instances ' +
    'multiValueExtendedProperties singleValueExtendedProperties'
  ).split(' '),
);
const memberByLowerCase = new Map([...eventMembers].map((name) => [name.toLowerCase(), name]));
/** Served, though only the beta declares them. */
for (const name of ['uid', 'occurrenceId']) memberByLowerCase.set(name.toLowerCase(), name);

export interface Selection {
  /** Null without `$select`, or with `*` in it. */
  members: Set<string> | null;
  /** Members named beside `*`, such as `originalStart`. */
  named: Set<string>;
  expand: Expansion[];
}

export interface Expansion {
  /** In lower case. */
  name: string;
  options: Query;
}

const betaOnly = new Set(['uid', 'occurrenceId']);

export function readSelection(query: Query, version: string): Selection {
  const named = new Set<string>();
  let hasStar = false;
  for (const part of splitList(query.get('select') ?? '')) {
    if (part === '*') hasStar = true;
    else named.add(getMember(part, version));
  }
  const expand = splitList(query.get('expand') ?? '').map(readExpansion);
  return { members: hasStar || named.size === 0 ? null : named, named, expand };
}

function getMember(part: string, version: string): string {
  // `start/dateTime` selects `start`.
  const name = memberByLowerCase.get(part.split('/')[0]?.toLowerCase() ?? '');
  if (name && (version === 'beta' || !betaOnly.has(name))) return name;
  throw noSuchProperty(part);
}

export const noSuchProperty = (name: string) =>
  badQuery(
    `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type ` +
      `'microsoft.graph.event'.`,
  );

/** `extensions($filter=id eq 'a';$select=b)`: options in brackets, separated by semicolons. */
function readExpansion(part: string): Expansion {
  const match = /^([\w.]+)(?:\((.*)\))?$/s.exec(part);
  const name = match?.[1]?.toLowerCase() ?? part;
  if (!memberByLowerCase.has(name)) throw noSuchProperty(part);
  const options = (match?.[2] ?? '').split(';').map((option) => {
    const [key = '', ...value] = option.split('=');
    return `${encodeURIComponent(key)}=${encodeURIComponent(value.join('='))}`;
  });
  return { name, options: readQuery(options.join('&')) };
}

/** Splits at commas outside brackets and quotes. */
function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let isQuoted = false;
  let part = '';
  for (const char of text) {
    if (char === "'") isQuoted = !isQuoted;
    if (!isQuoted && char === '(') depth++;
    if (!isQuoted && char === ')') depth--;
    if (char === ',' && depth === 0 && !isQuoted) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  return [...parts, part].map((each) => each.trim()).filter((each) => each !== '');
}
