import { Type } from 'typebox';
import type { EventId } from '../../calendar/ids.ts';
import { lockEvent } from '../../store/events.ts';
import { planMirror } from '../../store/mirrors.ts';
import { inTenant } from '../../store/tenant.ts';
import { ApiError } from '../api-error.ts';
import { requireUser } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import { activityNotFound, getActivity, getOwnEvent } from '../own-activity.ts';
import { getOwnConnection, requireReady } from '../own-connection.ts';
import { activitySchema, newMirrorSchema } from '../schemas/activities.ts';
import { problemSchema } from '../schemas/problem.ts';

/** Copies of one's own activities in other calendars of one's own, on request. */
export function registerMirrorRoutes(app: App, { runtime, store }: AppContext): void {
  app.route({
    method: 'POST',
    url: '/api/activities/:id/mirrors',
    schema: {
      summary: 'Show an activity of your own in another calendar of yours, whole or as busy time',
      params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
      body: newMirrorSchema,
      response: { 201: activitySchema, default: problemSchema },
    },
    async handler(request, reply) {
      const caller = requireUser(request);
      const eventId = request.params.id as EventId;
      const { connection_id, shows } = request.body;
      const activity = await inTenant(store, caller, async (tx) => {
        await getOwnEvent(tx, eventId, caller);
        const connection = await getOwnConnection(tx, caller, connection_id);
        requireReady(connection);
        const row = await lockEvent(tx, eventId);
        if (!row || row.deleted_at || row.status === 'cancelled') throw activityNotFound();
        const outcome = await planMirror(tx, {
          eventId,
          connectionId: connection.id,
          shows,
          now: new Date(runtime.now()),
          newId: () => runtime.newId(),
        });
        if (outcome !== 'done') throw refusals[outcome]();
        return getActivity(tx, eventId, caller);
      });
      return reply.code(201).send(activity);
    },
  });
}

const refusals = {
  'no-calendar': () =>
    new ApiError('calendar-not-usable', 'Choose the calendar that new events go to first.'),
  'there-already': () => new ApiError('copy-there-already', 'Load the activity again.'),
};
