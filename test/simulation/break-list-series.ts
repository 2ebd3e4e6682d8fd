import { type Break, one } from './break.ts';

const series = 'test/server/jobs/series.test.ts';

/** Bugs of series, of exceptions and of their times. */
export const seriesBreaks: readonly Break[] = [
  one(['[F9]', series], 'a series is written as its first occurrence', [
    'src/providers/google/from-event-fields.ts',
    'if (recurrence !== undefined) body.recurrence = recurrence;',
    'void recurrence;',
  ]),
  one(
    ['[F11]', series],
    'a series that was moved has no exceptions',
    [
      'src/calendar/rename-occurrences.ts',
      'return hasOccurrence(bare, start) ? start : null;',
      'return null;',
    ],
    [
      'src/calendar/rename-occurrences.ts',
      'if (moved !== null && hasOccurrence(bare, moved)) return moved;',
      'void moved;',
    ],
  ),
  one(['[F11]', series], 'what a new pattern wiped there is not written again', [
    'src/store/exception-links.ts',
    'if (live?.series_form === form) continue;',
    'if (live) continue;',
  ]),
  one(['[F16]', series], 'what is told as no more than cancelled is left alone', [
    'src/jobs/take-page.ts',
    `add(change.slot.seriesId, [{ kind: 'cancelled', slot: change.slot }], false);`,
    'void change.slot;',
  ]),
  one(['[F17]', series], 'the end of a series is no change', [
    'src/sync/same.ts',
    `(part) => a[part].join('\\n') === b[part].join('\\n'),`,
    `(part) => a[part].join('\\n').replace(/;(COUNT|UNTIL)=[^;]*/g, '') === b[part].join('\\n').replace(/;(COUNT|UNTIL)=[^;]*/g, ''),`,
  ]),
  one(['[F17]', series], 'the halves of a split are two things', [
    'src/store/splits.ts',
    'if (ended.length + overruled.length === 0) return;',
    'if (ended.length >= 0) return;',
  ]),
  one(['[F18]', series], 'a series is as old as its first occurrence', [
    'src/jobs/take-page.ts',
    'return getLastEnd(fields) > windowStart;',
    'return getLastEnd({ ...fields, recurrence: null }) > windowStart;',
  ]),
  one(['[F18]', series], 'what was moved is shown in both places', [
    'src/api/activity-view.ts',
    '.filter(({ originalStart }) => !exceptions.has(originalStart))',
    '.filter(({ originalStart }) => originalStart !== "")',
  ]),
  one(['[F19]', series], 'a series that is deleted there is made anew', [
    'src/sync/plan.ts',
    "return isWanted ? { kind: 'detach' } : { kind: 'cancel' };",
    `return { kind: 'create', fields: local };`,
  ]),
  one(['[F20]', series], 'cancelled occurrences are not asked for', [
    'src/providers/outlook/series.ts',
    'const exceptions: RemoteException[] = cancelled.map((id) => toCancelled(id, series.externalId));',
    'const exceptions: RemoteException[] = [];\n  void toCancelled;',
  ]),
  one(
    ['[F21]', 'test/contract/feed-entries.test.ts'],
    'a rule that cannot be read fails its page',
    [
      'src/providers/read-recurrence.ts',
      `throw new ProviderError('malformed-answer', cause.message, { cause });`,
      'throw cause;',
    ],
  ),
  one(['[F24]', series], 'a series keeps the offset of its first occurrence', [
    'src/calendar/occurrences.ts',
    'timeZone === null ? wallMs : wallToEpochMs(wallMs, timeZone);',
    'timeZone === null ? wallMs : wallMs - getOffsetMs(Date.UTC(2027, 0, 15), timeZone);',
  ]),
  one(
    ['[F24]', series],
    'Google: a series is written in UTC',
    [
      'src/providers/google/from-event-fields.ts',
      `    start: { dateTime: start, timeZone, ...others },
    end: { dateTime: end, timeZone, ...others },`,
      `    start: { dateTime: toInstant(start, timeZone), timeZone: 'UTC', ...others },
    end: { dateTime: toInstant(end, timeZone), timeZone: 'UTC', ...others },`,
    ],
    [
      'src/providers/google/from-event-fields.ts',
      'import { checkSeriesTimes, skipGaps }',
      'import { checkSeriesTimes, skipGaps, toInstant }',
    ],
  ),
  one(
    ['[F25]', 'test/contract/series-answers.test.ts'],
    'a series whose zone nobody knows is in UTC without a word',
    [
      'src/providers/wall-time.ts',
      `if (known) return known;
  const timeZone = toFixedZone(offset);`,
      `if (known || names.length > 0) return known ?? { timeZone: 'UTC', warning: null };
  const timeZone = toFixedZone(offset);`,
    ],
  ),
  one(['[F33]', series], 'both halves of a split tell the guests', [
    'src/store/edit-occurrence.ts',
    'await keepQuiet(tx, eventId, edit.quietProviders);',
    'void keepQuiet;',
  ]),
  one(['[F33]', series], 'guests are invited from each calendar', [
    'src/store/links.ts',
    'carriesGuests: index === 0,',
    'carriesGuests: index >= 0,',
  ]),
];
