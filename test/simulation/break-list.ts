import { type Break, one } from './break.ts';
import { seriesBreaks } from './break-list-series.ts';

const field = (file: string) => `test/server/field-bugs/${file}.test.ts`;
const contract = (file: string) => `test/contract/${file}.test.ts`;

const match = 'src/sync/match.ts';
const notByLinkId = [
  match,
  'links.find((link) => link.id === entry.linkId);',
  'links.find((link) => link.id === null);',
] as const;
const notById = [match, 'if (live) return', 'if (live && live.id === null) return'] as const;
const notByUid = [
  match,
  'if (iCalUid === null) return',
  'if (iCalUid !== undefined) return',
] as const;

/** What `npm run breaks` plants; each has to be noticed by its own test. */
export const breaks: readonly Break[] = [
  ...seriesBreaks,
  one(
    ['[F1]', 'test/server/jobs/pull.test.ts'],
    'what a new listing does not show is never asked for',
    ['src/jobs/pull-calendar.ts', 'if (full) await doubtMissing(tx, calendar.id, full, now);', ''],
  ),
  one(['[F4]', field('cursors')], 'a listing ends with its first page', [
    'src/jobs/pull-calendar.ts',
    'if (pageToken === null) return;',
    'return;',
  ]),
  one(['[F4]', field('cursors')], 'Outlook: the next page is taken for the end', [
    'src/providers/outlook/feed.ts',
    'next: nextLink === undefined ? { syncToken: link } : { pageToken: link }',
    'next: { syncToken: link }',
  ]),
  one(['[F4]', field('cursors')], 'all calendars have one bookmark', [
    'src/store/pulls.ts',
    `    })
    .where('id', '=', calendar.id)
    .returningAll()`,
    `    })
    .returningAll()`,
  ]),
  one(['[F4]', contract('feed')], 'an empty page is the end', [
    'src/providers/google/feed.ts',
    'if (page.nextPageToken) return',
    `if (changes.length === 0) return { changes, next: { syncToken: 'none' } };
  if (page.nextPageToken) return`,
  ]),
  one(
    ['[F10]', 'test/server/jobs/pull.test.ts'],
    // Either alone is made good by the other.
    'what is told anew is new, and the database lets it in',
    notById,
    [
      'src/store/migrations/0003-two-way-sync.sql',
      'create unique index event_links_by_external_id',
      'create index event_links_by_external_id',
    ],
  ),
  one(
    ['[F10]', 'test/server/jobs/pull.test.ts'],
    // Either alone is made good by the other; without them it is the etag that tells an echo.
    'neither what was agreed on nor what both sides say is known, and no echo either',
    [
      'src/jobs/learn.ts',
      'return dropLate(agreeOnAnswer(link.base, sent.fields, answer.fields));',
      'return link.base;',
    ],
    ['src/sync/merge.ts', 'if (isAlike) {', 'if (isAlike === null) {'],
    ['src/jobs/take-page.ts', 'return event.etag === link.etag', 'return event.etag === null'],
  ),
  one(
    ['[F10]', 'test/server/jobs/pull.test.ts'],
    'an echo of ours is asked for singly',
    ['src/jobs/take-page.ts', 'return event.etag === link.etag', 'return event.etag === null'],
    [
      'src/jobs/take-page.ts',
      `const learnt = learn(link, change.event, 'look', provider);`,
      `const learnt = { ...learn(link, change.event, 'look', provider), is_stale: true };`,
    ],
  ),
  one(['[F13]', field('duplicates')], 'what is ours is not known by its id', notById),
  one(['[F13]', field('duplicates')], 'what is ours is not known by its mark', notByLinkId),
  one(['[F13]', field('duplicates')], 'a reconnect opens nothing', [
    'src/store/connection-links.ts',
    `.where('state_reason', '=', closedReasons.disconnected)
    .execute();
  await pauseUnused`,
    `.where('state_reason', '=', 'nothing')
    .execute();
  await pauseUnused`,
  ]),
  one(['[F14]', field('duplicates')], 'what is ours is not known by its id', notById),
  one(['[F14]', field('duplicates')], 'what is ours is not known by its mark', notByLinkId),
  one(
    ['[F14]', field('duplicates')],
    'what is ours is not known by its id, nor by its meeting',
    notById,
    notByUid,
  ),
  one(['[F16]', contract('feed-entries')], 'Google: a cancelled occurrence is told of no series', [
    'src/providers/google/feed.ts',
    `if (entry.status === 'cancelled') return`,
    `if (entry.status === 'cancelled' && !entry.recurringEventId) return`,
  ]),
  one(['[F16]', contract('feed')], 'Outlook: an exception is read as an event', [
    'src/providers/outlook/to-remote-event.ts',
    ` || type === 'exception'`,
    '',
  ]),
  one(['[F21]', field('times')], 'an entry that cannot be read fails its page', [
    'src/providers/feed-entries.ts',
    'if (!(error instanceof ProviderError)) throw error;',
    'if (error instanceof Error) throw error;',
  ]),
  one(['[F21]', field('times')], 'an entry that cannot be read is dropped without a word', [
    'src/jobs/take-page.ts',
    `if (change.kind === 'unreadable') unreadable.push(change);`,
    '',
  ]),
  one(['[F22]', 'test/server/api/history.test.ts'], 'somebody else’s meeting may be edited', [
    'src/api/own-activity.ts',
    'if (organizer !== null) throw notOrganizer(organizer);',
    '',
  ]),
  one(['[F23]', field('times')], 'Google: an all-day event is written as midnights in UTC', [
    'src/providers/google/from-event-fields.ts',
    'return { start: { date: when.startDate, ...others }, end: { date: when.endDate, ...others } };',
    `const at = (date: string) => ({ dateTime: \`\${date}T00:00:00Z\`, timeZone: 'UTC' });
    return { start: at(when.startDate), end: at(when.endDate) };`,
  ]),
  one(['[F23]', field('times')], 'the end of an all-day event is its last day', [
    'src/providers/wall-time.ts',
    `return { when: { kind: 'all-day', startDate, endDate }, warnings: [] };`,
    `const last = new Date(Date.parse(endDate) - 86_400_000).toISOString().slice(0, 10);
  return { when: { kind: 'all-day', startDate, endDate: last > startDate ? last : endDate }, warnings: [] };`,
  ]),
  one(['[F23]', field('times')], 'Outlook: an all-day event is read as a timed one', [
    'src/providers/outlook/to-remote-event.ts',
    'if (isAllDay) return',
    'if (isAllDay === null) return',
  ]),
  one(['[F25]', field('times')], 'a zone that nobody knows makes the event unreadable', [
    'src/providers/wall-time.ts',
    'const fixed = toFixedZone(offset);',
    `if (name !== '-') throw malformed('The zone is not known.');
  const fixed = toFixedZone(offset);`,
  ]),
  one(['[F25]', field('times')], 'a zone that nobody knows becomes UTC without a word', [
    'src/providers/wall-time.ts',
    'if (timeZone) return { timeZone, warning: null };',
    `if (timeZone || name) return { timeZone: timeZone ?? 'UTC', warning: null };`,
  ]),
  one(
    ['[F26]', field('times')],
    'times that are missing are now',
    [
      'src/providers/google/to-remote-event.ts',
      'const { id, etag, start, end } = event;',
      `const { id, etag, end } = event;
  const start = event.start ?? { dateTime: new Date().toISOString() };`,
    ],
    ['src/providers/outlook/http.ts', '  start: moment,', '  start: Type.Optional(moment),'],
    [
      'src/providers/outlook/to-remote-event.ts',
      'const [from, to] = [readInstant(start), readInstant(end)];',
      `const [from, to] = [start ? readInstant(start) : new Date().toISOString(), readInstant(end)];`,
    ],
  ),
  one(['[F26]', contract('foreign-zones')], 'what is no time is now', [
    'src/providers/wall-time.ts',
    'throw malformed(`"${instant.slice(0, 40)}" is not a usable time.`);',
    'return Date.now();',
  ]),
  one(
    ['[F28]', field('deletes')],
    'a 403 is taken for a deletion',
    ['src/providers/google/errors.ts', `  forbidden: 'access-lost',`, `  forbidden: 'gone',`],
    [
      'src/providers/outlook/errors.ts',
      `    case 403:
      return 'access-lost';`,
      `    case 403:
      return 'gone';`,
    ],
  ),
  one(['[F28]', field('deletes')], 'what may not be edited is made anew', [
    'src/jobs/sync-link.ts',
    `await changeLink(tx, link, { ...sent, state: 'pending' }, now);`,
    `await changeLink(tx, link, { sent: null, external_id: null, etag: null, remote: null, base: null }, now);`,
  ]),
  one(['[F32]', field('mails')], 'what is planned for a new calendar is told to its guests', [
    'src/store/links.ts',
    'await insertLink(tx, { ...place, carriesGuests, isSilent: true, now, newId });',
    'await insertLink(tx, { ...place, carriesGuests, isSilent: false, now, newId });',
  ]),
  one(['[F32]', field('mails')], 'Outlook: guests are sent though it mails them', [
    'src/sync/mailing.ts',
    `return copy.canKeepSilent ? 'silent' : 'would-tell';`,
    `return 'silent';`,
  ]),
  one(
    ['[F32]', field('mails')],
    'what comes in is tidied up, and written back',
    [
      'src/store/imports.ts',
      '...toAllColumns(one.fields),',
      '...toAllColumns({ ...one.fields, title: one.fields.title.toUpperCase() }),',
    ],
    [
      'src/store/imports.ts',
      'ical_uid, etag, remote, base, state,',
      'ical_uid, etag, remote, base, next_attempt_at, state,',
    ],
    ['src/store/imports.ts', `\${agreedOn}, 'synced',`, `\${agreedOn}, \${now}, 'pending',`],
  ),
  one(['[F34]', contract('online-meeting')], 'the body is written without its join link', [
    'src/providers/outlook/events.ts',
    'body.body = keepJoinBlock(current, description) ?? body.body;',
    'void keepJoinBlock(current, description);',
  ]),
  one(['[F34]', contract('online-meeting')], 'every edit writes the body', [
    'src/providers/outlook/events.ts',
    'const { description, attendees } = changes;',
    `const { description = '', attendees } = changes;`,
  ]),
  one(['[F35]', field('mails')], 'a limit is waited out for seconds', [
    'src/providers/google/errors.ts',
    '? { waitMs: QUOTA_WAIT_MS }',
    '? { waitMs: 5_000 }',
  ]),
  one(['[F35]', field('mails')], 'a limit sets the event aside', [
    'src/providers/google/errors.ts',
    `  quotaExceeded: 'rate-limited',`,
    `  quotaExceeded: 'refused',`,
  ]),
  one(['[F35]', contract('events')], 'guests are told of everything', [
    'src/providers/google/events.ts',
    `({ sendUpdates: notify ? 'all' : 'none' })`,
    `({ sendUpdates: notify ? 'all' : 'all' })`,
  ]),
  one(['[F37]', 'test/server/connections/refresh.test.ts'], 'everybody may refresh at once', [
    'src/store/token-refresh.ts',
    `or([eb('refresh_locked_until', 'is', null), eb('refresh_locked_until', '<=', now)]),`,
    `or([eb('refresh_locked_until', 'is', null), eb('refresh_locked_until', '<>', now)]),`,
  ]),
  one(['[F37]', 'test/server/connections/refresh.test.ts'], 'the new refresh token is not kept', [
    'src/jobs/refresh-tokens.ts',
    'const kept = { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken };',
    'const kept = { ...tokens, refreshToken };',
  ]),
  one(
    ['[attack 14] invalid_grant', 'test/server/connections/refresh.test.ts'],
    'invalid_grant is believed without another look',
    [
      'src/jobs/refresh-tokens.ts',
      'if (!(await setState(engine, ref, row, change))) return null;',
      'await setState(engine, ref, row, change);',
    ],
  ),
  one(
    ['[attack 14] invalid_grant', 'test/server/connections/refresh.test.ts'],
    'invalid_grant ends the grant that has won meanwhile',
    [
      'src/store/token-refresh.ts',
      `refresh_locked_until: null })
    .where('id', '=', connectionId)
    .where('token_version', '=', version)`,
      `refresh_locked_until: null })
    .where('id', '=', connectionId)
    .where('token_version', '>=', version)`,
    ],
  ),
  one(['[F40]', field('access')], 'a private title is shown to colleagues', [
    'src/store/migrations/0005-series.sql',
    `case when p.is_hidden then 'Busy' else e.title end as title,`,
    'e.title as title,',
  ]),
  one(['[F40]', field('access')], 'a confidential place is shown to colleagues', [
    'src/store/migrations/0005-series.sql',
    `case when p.is_hidden then '' else e.location end as location,`,
    'e.location as location,',
  ]),
  one(['[F40]', field('access')], 'a write that was refused is logged with what it says', [
    'src/jobs/sync-link.ts',
    `{ linkId: link.id, kind: error.kind, code: error.code },`,
    `{ linkId: link.id, kind: error.kind, code: error.code, sent: link.sent },`,
  ]),
  one(['[F40]', field('access')], 'a colleague may read the history', [
    'src/store/visible-events.ts',
    `.where('v.owner_id', '=', ownerId)
    .executeTakeFirst();`,
    '.executeTakeFirst();',
  ]),
  one(['[F40]', field('access')], 'a disconnect erases no tokens', [
    'src/store/connections.ts',
    `      access_token: null,
      refresh_token: null,
      token_expires_at: null,`,
    '',
  ]),
  one(
    ['[F40]', field('access')],
    // Any one of these alone ends the calls.
    'a disconnect leaves its job, its tokens and its state',
    ['src/jobs/disconnect.ts', '    await deleteJobs(tx, connectionId);\n', ''],
    [
      'src/jobs/disconnect.ts',
      '    await eraseTokens(tx, connectionId, reason, now);\n',
      '    void eraseTokens, reason;\n',
    ],
  ),
];
