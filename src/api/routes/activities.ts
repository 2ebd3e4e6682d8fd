import { Type } from 'typebox';
import type { EventId, LeadId } from '../../calendar/ids.ts';
import { findInviter } from '../../store/connections.ts';
import { toFields } from '../../store/event-fields.ts';
import { createEvent, deleteEvent, editEvent } from '../../store/events.ts';
import { findLead } from '../../store/leads.ts';
import { inTenant } from '../../store/tenant.ts';
import { listCopies, listExceptionStarts, listVisibleEvents } from '../../store/visible-events.ts';
import { UNDO_MS } from '../../sync/undo.ts';
import { findNearest, toActivity, toOccurrences } from '../activity-view.ts';
import { ApiError } from '../api-error.ts';
import { requireUser } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import { activityNotFound, getActivity, getChangeableEvent } from '../own-activity.ts';
import { readChanges, readNewFields } from '../read-activity.ts';
import { readLeftOut } from '../chosen-calendars.ts';
import { requireSilence, requireSilentCopy } from '../require-silence.ts';
import {
  type Activity,
  activityListQuerySchema,
  activityListSchema,
  activityPatchSchema,
  activitySchema,
  deletionQuerySchema,
  newActivitySchema,
} from '../schemas/activities.ts';
import { problemSchema } from '../schemas/problem.ts';

const LIST_SIZE_MAX = 500;
/** Of all series together so many are worked out for one list. */
const OCCURRENCES_MAX = 20_000;

const oneActivity = Type.Object({ id: Type.String({ format: 'uuid' }) });

export function registerActivityRoutes(app: App, { runtime, store }: AppContext): void {
  const occasion = () => ({ now: new Date(runtime.now()), newId: () => runtime.newId() });

  app.route({
    method: 'POST',
    url: '/api/activities',
    schema: {
      summary: 'Plan an activity with a lead: it goes to the calendars of the caller',
      body: newActivitySchema,
      response: { 201: activitySchema, default: problemSchema },
    },
    async handler(request, reply) {
      const caller = requireUser(request);
      const fields = readNewFields(request.body);
      const leadId = request.body.lead_id as LeadId;
      const eventId = runtime.newId() as EventId;
      const when = occasion();
      const isSilent = request.body.notify_guests === false;
      const activity = await inTenant(store, caller, async (tx) => {
        if (!(await findLead(tx, leadId, when.now))) {
          throw new ApiError('lead-not-found', 'Choose another lead.', { pointer: '/lead_id' });
        }
        const leftOutOf = await readLeftOut(tx, caller, request.body.connection_ids);
        if (isSilent && fields.attendees.length > 0) {
          requireSilence(await findInviter(tx, caller.userId, leftOutOf));
        }
        const ownerId = caller.userId;
        const event = { eventId, leadId, ownerId, fields, isSilent, leftOutOf };
        await createEvent(tx, { ...event, ...when });
        return getActivity(tx, eventId, caller);
      });
      return reply.code(201).send(activity);
    },
  });

  app.route({
    method: 'GET',
    url: '/api/activities',
    schema: {
      summary: 'Activities by start',
      querystring: activityListQuerySchema,
      response: { 200: activityListSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const { lead_id, from, to, deleted } = request.query;
      const since = new Date(runtime.now() - UNDO_MS);
      const query = {
        leadId: (lead_id ?? null) as LeadId | null,
        from: readInstant('/from', from),
        to: readInstant('/to', to),
        // One more than is answered, to know whether there is one.
        limit: LIST_SIZE_MAX + 1,
        deleted: deleted ? { ownerId: caller.userId, since } : undefined,
      };
      return inTenant(store, caller, async (tx) => {
        const found = await listVisibleEvents(tx, query);
        const latest = found.slice(-LIST_SIZE_MAX);
        // What is left out began earlier, and may go on all the same.
        const before = found.length > latest.length && latest[0]?.starts_at;
        const lastsUntil = query.from ?? new Date(runtime.now());
        const running = before
          ? await listVisibleEvents(tx, { ...query, running: { before, since: lastsUntil } })
          : [];
        const events = [...running.slice(-LIST_SIZE_MAX), ...latest];
        const own = events.filter((event) => event.owner_id === caller.userId);
        const ids = own.map(({ id }) => id);
        const copies = await listCopies(tx, ids, caller.userId);
        const series = events.filter(({ recurrence }) => recurrence !== null);
        const starts = await listExceptionStarts(
          tx,
          series.map(({ id }) => id),
        );
        let left = OCCURRENCES_MAX;
        const all = events.flatMap((event) => {
          const activity = toActivity(event, copies, caller.userId);
          const exceptions = starts.get(event.id) ?? new Set();
          if (!query.from || !query.to) {
            const nearest = findNearest(event, exceptions, new Date(runtime.now()));
            return [{ ...activity, nearest }];
          }
          const window = { from: query.from, to: query.to };
          const occurrences = toOccurrences(activity, event, exceptions, {
            ...window,
            max: left + 1,
          });
          left -= occurrences.length;
          if (left < 0) throw tooLong();
          return occurrences;
        });
        if (series.length > 0) all.sort(byShownStart);
        const activities = all.slice(-LIST_SIZE_MAX).sort(byStart);
        const isCut = found.length > latest.length || all.length > activities.length;
        return { activities, has_earlier: isCut };
      });
    },
  });

  app.route({
    method: 'GET',
    url: '/api/activities/:id',
    schema: {
      summary: 'One activity',
      params: oneActivity,
      response: { 200: activitySchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const eventId = request.params.id as EventId;
      return inTenant(store, caller, (tx) => getActivity(tx, eventId, caller));
    },
  });

  app.route({
    method: 'PATCH',
    url: '/api/activities/:id',
    schema: {
      summary: 'Edit an activity of your own',
      params: oneActivity,
      body: activityPatchSchema,
      response: { 200: activitySchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const { userId } = caller;
      const eventId = request.params.id as EventId;
      const { version, notify_guests: notifyGuests } = request.body;
      const isSilent = notifyGuests === false;
      return inTenant(store, caller, async (tx) => {
        const event = await getChangeableEvent(tx, eventId, caller);
        const isOccurrence = event.series_id !== null;
        const changes = readChanges(request.body, toFields(event), { isOccurrence });
        if (Object.keys(changes).length === 0) {
          throw new ApiError('invalid-request', 'Say what is to be changed.', { pointer: '' });
        }
        if (isSilent) await requireSilentCopy(tx, event, caller, changes.attendees);
        const edit = { eventId, userId, version, changes, isSilent, ...occasion() };
        const outcome = await editEvent(tx, edit);
        if (outcome === 'not-found') throw activityNotFound();
        if (outcome === 'changed-meanwhile') {
          throw new ApiError(
            'activity-changed-meanwhile',
            'Load the activity again, look at what changed, then edit it.',
            { pointer: '/version' },
          );
        }
        return getActivity(tx, eventId, caller);
      });
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/activities/:id',
    schema: {
      summary: 'Delete an activity of your own, and its copies',
      params: oneActivity,
      querystring: deletionQuerySchema,
      response: { 204: Type.Null(), default: problemSchema },
    },
    async handler(request, reply) {
      const caller = requireUser(request);
      const eventId = request.params.id as EventId;
      await inTenant(store, caller, async (tx) => {
        const { userId } = caller;
        const isSilent = request.query.notify_guests === 'false';
        const event = await getChangeableEvent(tx, eventId, caller);
        if (isSilent) await requireSilentCopy(tx, event, caller);
        const outcome = await deleteEvent(tx, { eventId, userId, isSilent, ...occasion() });
        if (outcome === 'not-found') throw activityNotFound();
      });
      return reply.code(204).send(null);
    },
  });
}

const tooLong = () =>
  new ApiError(
    'invalid-request',
    'That is too long a time to list its series: ask for less of it.',
    {
      pointer: '/to',
    },
  );

/** Instants of one form. */
const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));
const byStart = (a: Activity, b: Activity) => compare(a.starts_at, b.starts_at);
/** A series as a whole is where its next occurrence is. */
const byShownStart = (a: Activity, b: Activity) =>
  compare((a.nearest ?? a).starts_at, (b.nearest ?? b).starts_at);

/** The schema has seen its form; a 60th second is of that form and no instant. */
function readInstant(pointer: string, text: string | undefined): Date | null {
  if (text === undefined) return null;
  const instant = new Date(text);
  if (!Number.isNaN(instant.getTime())) return instant;
  throw new ApiError('invalid-request', 'Write an instant such as 2026-11-24T09:00:00Z.', {
    pointer,
  });
}
