import { Type } from 'typebox';
import type { CalendarId } from '../../calendar/ids.ts';
import { previewSync } from '../../jobs/preview.ts';
import { reactionTo } from '../../jobs/reaction.ts';
import { ProviderError, type ProviderErrorKind } from '../../providers/provider-error.ts';
import { addAudit } from '../../store/audit.ts';
import { changeCalendar, settleBrake } from '../../store/calendar-settings.ts';
import { listCalendarViews } from '../../store/calendar-views.ts';
import { listConnectionSummaries, lockConnection } from '../../store/connections.ts';
import type { ConnectionRow } from '../../store/database.ts';
import { beginSync } from '../../store/first-sync.ts';
import { getPolicies } from '../../store/policies.ts';
import { listRuns } from '../../store/runs.ts';
import { inTenant, type TenantTransaction } from '../../store/tenant.ts';
import { ApiError } from '../api-error.ts';
import { requireUser } from '../authenticate.ts';
import { viewCalendar } from '../calendar-view.ts';
import { viewConnection } from '../connection-view.ts';
import type { App, AppContext } from '../context.ts';
import {
  connectionNotFound,
  getOwnConnection,
  getProvider,
  requireReady,
} from '../own-connection.ts';
import {
  brakeChoiceSchema,
  type CalendarList,
  calendarListSchema,
  calendarPatchSchema,
  previewSchema,
  runListSchema,
} from '../schemas/calendars.ts';
import { connectionSchema } from '../schemas/connections.ts';
import { problemSchema } from '../schemas/problem.ts';

const RUNS_MAX = 50;

const uuid = Type.String({ format: 'uuid' });
const oneConnection = Type.Object({ id: uuid });
const oneCalendar = Type.Object({ id: uuid, calendarId: uuid });

/** The calendars of one's own connections: what is synced, how, and how it does. */
export function registerCalendarRoutes(app: App, context: AppContext): void {
  const { runtime, store } = context;
  const occasion = () => ({ now: new Date(runtime.now()), newId: () => runtime.newId() });
  const listCalendars = async (
    tx: TenantTransaction,
    connection: ConnectionRow,
  ): Promise<CalendarList> => {
    const { now } = occasion();
    const views = await listCalendarViews(tx, connection.id, now);
    return { calendars: views.map((view) => viewCalendar(view, connection, now)) };
  };

  app.route({
    method: 'GET',
    url: '/api/calendar/connections/:id/calendars',
    schema: {
      summary: 'The calendars of a connection of your own',
      params: oneConnection,
      response: { 200: calendarListSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      return inTenant(store, caller, async (tx) =>
        listCalendars(tx, await getOwnConnection(tx, caller, request.params.id)),
      );
    },
  });

  app.route({
    method: 'PATCH',
    url: '/api/calendar/connections/:id/calendars/:calendarId',
    schema: {
      summary: 'Say which way events go, and which calendar new ones go to',
      params: oneCalendar,
      body: calendarPatchSchema,
      response: { 200: calendarListSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const { id, calendarId } = request.params;
      const { direction, is_write_target: isWriteTarget } = request.body;
      return inTenant(store, caller, async (tx) => {
        const connection = await getOwnConnection(tx, caller, id);
        await lockConnection(tx, connection.id);
        const outcome = await changeCalendar(tx, {
          connectionId: connection.id,
          calendarId: calendarId as CalendarId,
          userId: caller.userId,
          direction,
          isWriteTarget,
          ...occasion(),
        });
        if (outcome === 'not-found') throw calendarNotFound();
        if (outcome !== 'done') throw new ApiError('calendar-not-usable', refusals[outcome]);
        return listCalendars(tx, connection);
      });
    },
  });

  app.route({
    method: 'POST',
    url: '/api/calendar/connections/:id/calendars/:calendarId/brake',
    schema: {
      summary: 'Say what is to become of many deletions at once',
      params: oneCalendar,
      body: brakeChoiceSchema,
      response: { 200: calendarListSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const { id, calendarId } = request.params;
      return inTenant(store, caller, async (tx) => {
        const connection = await getOwnConnection(tx, caller, id);
        const outcome = await settleBrake(tx, {
          connectionId: connection.id,
          calendarId: calendarId as CalendarId,
          userId: caller.userId,
          decision: request.body.choice,
          ...occasion(),
        });
        if (outcome === 'not-found') throw calendarNotFound();
        if (outcome === 'not-asked') {
          throw new ApiError('choice-not-open', 'Look at the list of its calendars again.');
        }
        return listCalendars(tx, connection);
      });
    },
  });

  app.route({
    method: 'GET',
    url: '/api/calendar/connections/:id/runs',
    schema: {
      summary: 'What the latest runs of a connection of your own did',
      params: oneConnection,
      response: { 200: runListSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const runs = await inTenant(store, caller, async (tx) => {
        const { id } = await getOwnConnection(tx, caller, request.params.id);
        return listRuns(tx, id, RUNS_MAX);
      });
      return {
        runs: runs.map(({ started_at, ended_at, ...run }) => ({
          ...run,
          error: run.error === null ? null : describeError(run.error),
          started_at: started_at.toISOString(),
          ended_at: ended_at.toISOString(),
        })),
      };
    },
  });

  app.route({
    method: 'GET',
    url: '/api/calendar/connections/:id/preview',
    schema: {
      summary: 'What a first sync would do; it changes nothing',
      params: oneConnection,
      response: { 200: previewSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const { connection, policies } = await inTenant(store, caller, async (tx) => ({
        connection: await getOwnConnection(tx, caller, request.params.id),
        policies: await getPolicies(tx),
      }));
      requireReady(connection);
      const { id: connectionId, email } = connection;
      const ref = { tenantId: caller.tenantId, connectionId, email };
      const provider = getProvider(context, connection.provider);
      const previews = await previewSync(context, ref, provider).catch(explainProvider);
      return {
        calendars: previews.map(({ calendar, ...counts }) => ({
          id: calendar.id,
          name: calendar.name,
          in_count: counts.inCount,
          out_count: counts.outCount,
          ours_count: counts.oursCount,
          series_count: counts.seriesCount,
          unreadable_count: counts.unreadableCount,
          left_out_count: counts.leftOutCount,
          is_whole: counts.isWhole,
        })),
        notified_count: 0 as const,
        import_days_back: policies.import_days_back,
      };
    },
  });

  app.route({
    method: 'POST',
    url: '/api/calendar/connections/:id/start',
    schema: {
      summary: 'Let events come in and coming ones go out, from now on',
      params: oneConnection,
      response: { 200: connectionSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      return inTenant(store, caller, async (tx) => {
        const { id } = await getOwnConnection(tx, caller, request.params.id);
        const connection = await lockConnection(tx, id);
        if (!connection) throw connectionNotFound();
        requireReady(connection);
        await beginSync(tx, { connectionId: id, ...occasion() });
        if (!connection.first_sync_at) {
          const { email: account, provider } = connection;
          const { userId } = caller;
          await addAudit(tx, { action: 'started', account, provider, userId, ...occasion() });
        }
        const [row] = await listConnectionSummaries(tx, { connectionId: id });
        if (!row) throw connectionNotFound();
        return viewConnection(row);
      });
    },
  });
}

/** Why a run ended early, in plain words where there are any. */
function describeError(kind: string): string {
  const isKnown = (one: string): one is ProviderErrorKind => Object.hasOwn(reactionTo, one);
  return (isKnown(kind) && reactionTo[kind].reason) || kind;
}

const refusals = {
  removed: 'It is not in the account’s list of calendars any more: choose another.',
  'not-writable': 'We may not write to it: let events only come in from it.',
  'not-outgoing': 'Let events go out to it first.',
};

function calendarNotFound(): ApiError {
  return new ApiError('calendar-not-found', 'Look at the list of its calendars again.');
}

/** A person waits for the answer: what went wrong at the provider, in plain words. */
function explainProvider(error: unknown): never {
  if (!(error instanceof ProviderError)) throw error;
  const { reason } = reactionTo[error.kind];
  throw new ApiError('calendar-unavailable', reason || 'Try again in a few minutes.', {
    cause: error,
  });
}
