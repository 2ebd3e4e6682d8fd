import type { EventId } from '../calendar/ids.ts';
import { toInstants } from '../calendar/instants.ts';
import { listOccurrences, type TimeWindow } from '../calendar/occurrences.ts';
import type { When } from '../calendar/event.ts';
import { toWhen } from '../store/event-fields.ts';
import type { VisibleEvent } from '../store/visible-events.ts';
import { ApiError } from './api-error.ts';

const WINDOW_MAX_MS = 100 * 24 * 60 * 60 * 1000;

/** Throws `invalid-request` for what is no window, or too long a one. */
export function readWindow(query: { from: string; to: string }): TimeWindow {
  const [from, until] = [new Date(query.from), new Date(query.to)];
  for (const [pointer, instant] of [
    ['/from', from],
    ['/to', until],
  ] as const) {
    if (!Number.isNaN(instant.getTime())) continue;
    throw new ApiError('invalid-request', 'Write an instant such as 2026-11-24T09:00:00Z.', {
      pointer,
    });
  }
  const lengthMs = until.getTime() - from.getTime();
  if (lengthMs > 0 && lengthMs <= WINDOW_MAX_MS) return { from, until };
  const detail = lengthMs > 0 ? 'Ask for at most 100 days.' : 'Let it end after it begins.';
  throw new ApiError('invalid-request', detail, { pointer: '/to' });
}

/** One event, or one occurrence of a series, that is to be drawn. */
export interface Shown<Row> {
  row: Row;
  when: When;
  startsAt: Date;
  endsAt: Date;
  originalStart: string | null;
}

type DatedRow = Pick<
  VisibleEvent,
  | 'id'
  | 'is_all_day'
  | 'start_date'
  | 'end_date'
  | 'start_local'
  | 'end_local'
  | 'time_zone'
  | 'starts_at'
  | 'ends_at'
  | 'recurrence'
>;

/**
 * What begins first of the rows, series as their occurrences in the window, by start; at most `max`.
 * `rows` are by start, at most one more than `max`. What begins before `cutAt` is there; null: all.
 */
export function takeFirst<Row extends DatedRow>(
  rows: readonly Row[],
  exceptions: ReadonlyMap<EventId, ReadonlySet<string>>,
  window: TimeWindow,
  max: number,
): { shown: Shown<Row>[]; cutAt: Date | null } {
  let until = window.until;
  const cut = (at: Date | undefined) => {
    if (at && at < until) until = at;
  };
  cut(rows[max]?.starts_at);
  let shown: Shown<Row>[] = [];
  const shorten = () => {
    shown.sort(byStart);
    cut(shown[max]?.startsAt);
    shown = shown.slice(0, max);
  };
  for (const row of rows.slice(0, max)) {
    const range = { from: window.from, until };
    shown.push(...expand(row, exceptions.get(row.id), range, max + 1));
    // Now and then, so that many long series neither pile up nor are worked out for nothing.
    if (shown.length > 2 * max) shorten();
  }
  shorten();
  return { shown, cutAt: until < window.until ? until : null };
}

function expand<Row extends DatedRow>(
  row: Row,
  exceptions: ReadonlySet<string> | undefined,
  window: TimeWindow,
  max: number,
): Shown<Row>[] {
  const when = toWhen(row);
  const { recurrence } = row;
  if (recurrence === null) {
    return [{ row, when, startsAt: row.starts_at, endsAt: row.ends_at, originalStart: null }];
  }
  // An occurrence that is an event of its own is listed as that.
  const most = max + (exceptions?.size ?? 0);
  return listOccurrences({ when, recurrence }, window, most)
    .filter(({ originalStart }) => !exceptions?.has(originalStart))
    .map((one) => ({ row, ...one, ...toInstants(one.when) }));
}

const byStart = (a: Shown<unknown>, b: Shown<unknown>) =>
  a.startsAt.getTime() - b.startsAt.getTime() || a.endsAt.getTime() - b.endsAt.getTime();

/** Spans by start, with those that overlap or touch as one. */
export function mergeSpans(spans: readonly { start: number; end: number }[]) {
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}
