import { Type } from 'typebox';
import type { UserId } from '../../calendar/ids.ts';
import { listBusyTimes } from '../../store/calendar-events.ts';
import { inTenant } from '../../store/tenant.ts';
import { findUser, listColleagues } from '../../store/users.ts';
import { listExceptionStarts } from '../../store/visible-events.ts';
import { ApiError } from '../api-error.ts';
import { requireUser } from '../authenticate.ts';
import { mergeSpans, readWindow, type Shown, takeFirst } from '../calendar-window.ts';
import type { App, AppContext } from '../context.ts';
import { busySchema, colleaguesSchema, windowQuerySchema } from '../schemas/calendar-events.ts';
import { problemSchema } from '../schemas/problem.ts';

const COLLEAGUES_MAX = 200;
const BUSY_MAX = 2_000;

/** Who else is here, and when they have no time. */
export function registerColleagueRoutes(app: App, { store }: AppContext): void {
  app.route({
    method: 'GET',
    url: '/api/colleagues',
    schema: {
      summary: 'Everybody else in the company by name',
      response: { 200: colleaguesSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      return inTenant(store, caller, async (tx) => {
        const found = await listColleagues(tx, caller.userId, COLLEAGUES_MAX + 1);
        return {
          colleagues: found.slice(0, COLLEAGUES_MAX),
          has_more: found.length > COLLEAGUES_MAX,
        };
      });
    },
  });

  app.route({
    method: 'GET',
    url: '/api/colleagues/:id/busy',
    schema: {
      summary: 'When a colleague has no time, and nothing else of it',
      params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
      querystring: windowQuerySchema,
      response: { 200: busySchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const window = readWindow(request.query);
      const ownerId = request.params.id as UserId;
      return inTenant(store, caller, async (tx) => {
        const colleague = await findUser(tx, ownerId);
        if (!colleague || colleague.disabled_at) {
          throw new ApiError('colleague-not-found', 'Load the list of colleagues again.');
        }
        const rows = await listBusyTimes(tx, { ...window, ownerId, limit: BUSY_MAX + 1 });
        const series = rows.filter(({ recurrence }) => recurrence !== null);
        const starts = await listExceptionStarts(
          tx,
          series.map(({ id }) => id),
        );
        const { shown, cutAt } = takeFirst(rows, starts, window, BUSY_MAX);
        return { busy: toBusy(shown), cut_at: cutAt?.toISOString() ?? null };
      });
    },
  });
}

/** Days and times apart: a holiday is no meeting from midnight to midnight. */
function toBusy(shown: readonly Shown<unknown>[]) {
  const spansOf = (isAllDay: boolean) =>
    mergeSpans(
      shown
        .filter(({ when }) => (when.kind === 'all-day') === isAllDay)
        .map(({ startsAt, endsAt }) => ({ start: startsAt.getTime(), end: endsAt.getTime() }))
        // A moment takes no time.
        .filter(({ start, end }) => end > start),
    );
  const write = (ms: number, length: number | undefined) =>
    new Date(ms).toISOString().slice(0, length);
  return [true, false].flatMap((isAllDay) =>
    spansOf(isAllDay).map(({ start, end }) => ({
      is_all_day: isAllDay,
      start: write(start, isAllDay ? 10 : undefined),
      end: write(end, isAllDay ? 10 : undefined),
    })),
  );
}
