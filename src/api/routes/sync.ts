import type { CalendarId, EventId } from '../../calendar/ids.ts';
import { askSync, type Wish } from '../../store/ask-sync.ts';
import { inTenant, type TenantTransaction } from '../../store/tenant.ts';
import { ApiError } from '../api-error.ts';
import { type Caller, requireUser } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import { getOwnEvent } from '../own-activity.ts';
import { getOwnConnection, requireReady } from '../own-connection.ts';
import { syncReplySchema, syncSchema } from '../schemas/calendars.ts';
import { problemSchema } from '../schemas/problem.ts';

/** "Sync now": asks for what would happen by itself a little later. */
export function registerSyncRoute(app: App, { runtime, store }: AppContext): void {
  app.route({
    method: 'POST',
    url: '/api/calendar/sync',
    schema: {
      summary: 'Look now: at all your calendars, a connection’s, one, or those of an activity',
      body: syncSchema,
      response: { 202: syncReplySchema, default: problemSchema },
    },
    async handler(request, reply) {
      const caller = requireUser(request);
      const now = new Date(runtime.now());
      const asked = await inTenant(store, caller, async (tx) => {
        const wish = await readWish(tx, caller, request.body);
        return askSync(tx, { ...wish, now, newId: () => runtime.newId() });
      });
      return reply.code(202).send({ asked_at: now.toISOString(), asked });
    },
  });
}

interface Named {
  connection_id?: string;
  calendar_id?: string;
  activity_id?: string;
}

/** What is meant, after a look at whether it is the caller's and can be reached. */
async function readWish(tx: TenantTransaction, caller: Caller, named: Named): Promise<Wish> {
  const { userId } = caller;
  if (named.activity_id) {
    const { id } = await getOwnEvent(tx, named.activity_id as EventId, caller);
    return { userId, eventId: id };
  }
  if (named.connection_id) {
    const connection = await getOwnConnection(tx, caller, named.connection_id);
    requireReady(connection, { isStarted: true });
    return { userId, connectionId: connection.id };
  }
  if (!named.calendar_id) return { userId };
  const calendar = await tx
    .selectFrom('calendars')
    .select(['id', 'connection_id', 'direction', 'state'])
    .where('id', '=', named.calendar_id as CalendarId)
    .executeTakeFirst();
  const connection =
    calendar && (await getOwnConnection(tx, caller, calendar.connection_id).catch(() => undefined));
  if (!calendar || !connection) {
    throw new ApiError('calendar-not-found', 'Look at the list of your calendars again.');
  }
  requireReady(connection, { isStarted: true });
  if (calendar.direction === 'none' || calendar.state === 'removed') {
    throw new ApiError('calendar-not-usable', 'It is not in use: switch it on first.');
  }
  return { userId, calendarId: calendar.id };
}
