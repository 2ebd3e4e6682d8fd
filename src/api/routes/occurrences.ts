import { Type } from 'typebox';
import type { EventFields } from '../../calendar/event.ts';
import type { EventId } from '../../calendar/ids.ts';
import { findOccurrence } from '../../calendar/occurrences.ts';
import { RecurrenceError } from '../../calendar/recurrence.ts';
import { quietProviders } from '../../providers/provider.ts';
import {
  cancelOccurrence,
  deleteFollowing,
  editFollowing,
  editOccurrence,
} from '../../store/edit-occurrence.ts';
import { toFields } from '../../store/event-fields.ts';
import { inTenant } from '../../store/tenant.ts';
import { ApiError } from '../api-error.ts';
import { requireUser } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import { activityNotFound, getActivity, getChangeableEvent } from '../own-activity.ts';
import { readChanges } from '../read-activity.ts';
import { requireSilentCopy } from '../require-silence.ts';
import {
  activitySchema,
  occurrenceDeletionSchema,
  occurrencePatchSchema,
} from '../schemas/activities.ts';
import { problemSchema } from '../schemas/problem.ts';

const oneOccurrence = Type.Object({
  id: Type.String({ format: 'uuid' }),
  /** `original_start`, as the list has it. */
  start: Type.String({ minLength: 10, maxLength: 19 }),
});

/** One occurrence of a series, or it and all that follow. All of them: the series' own routes. */
export function registerOccurrenceRoutes(app: App, { runtime, store }: AppContext): void {
  const occasion = () => ({ now: new Date(runtime.now()), newId: () => runtime.newId() });

  app.route({
    method: 'PATCH',
    url: '/api/activities/:id/occurrences/:start',
    schema: {
      summary: 'Edit one occurrence of a series of your own, or it and all that follow',
      params: oneOccurrence,
      body: occurrencePatchSchema,
      response: { 200: activitySchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const { id, start } = request.params;
      const { scope, version, notify_guests: notifyGuests } = request.body;
      const isSilent = notifyGuests === false;
      return inTenant(store, caller, async (tx) => {
        const event = await getChangeableEvent(tx, id as EventId, caller);
        const series = toFields(event);
        const occurrence = findOne(series, start);
        const isOne = scope === 'this';
        const times = {
          when: occurrence?.when ?? series.when,
          recurrence: isOne ? null : series.recurrence,
        };
        const changes = readChanges(request.body, times, { isOccurrence: isOne });
        // Of what follows the rule is that of the series: it moves along in there.
        if (request.body.recurrence === undefined) delete changes.recurrence;
        if (isSilent) await requireSilentCopy(tx, event, caller, changes.attendees);
        const edit = {
          eventId: event.id,
          originalStart: start,
          userId: caller.userId,
          version,
          changes,
          isSilent,
          quietProviders,
          ...occasion(),
        };
        const outcome = await refuseUnsplittable(() =>
          isOne ? editOccurrence(tx, edit) : editFollowing(tx, edit),
        );
        if (outcome === 'not-found') throw occurrenceNotFound();
        if (outcome === 'changed-meanwhile') {
          throw new ApiError(
            'activity-changed-meanwhile',
            'Load the activity again, look at what changed, then edit it.',
            { pointer: '/version' },
          );
        }
        return getActivity(tx, outcome, caller);
      });
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/activities/:id/occurrences/:start',
    schema: {
      summary: 'Cancel one occurrence of a series of your own, or end the series before it',
      params: oneOccurrence,
      querystring: occurrenceDeletionSchema,
      response: { 204: Type.Null(), default: problemSchema },
    },
    async handler(request, reply) {
      const caller = requireUser(request);
      const { id, start } = request.params;
      const { scope = 'this', notify_guests: notifyGuests } = request.query;
      const isSilent = notifyGuests === 'false';
      await inTenant(store, caller, async (tx) => {
        const event = await getChangeableEvent(tx, id as EventId, caller);
        if (isSilent) await requireSilentCopy(tx, event, caller);
        const { userId } = caller;
        const edit = { eventId: event.id, originalStart: start, userId, isSilent, ...occasion() };
        const outcome = await refuseUnsplittable(() =>
          scope === 'this' ? cancelOccurrence(tx, edit) : deleteFollowing(tx, edit),
        );
        if (outcome === 'not-found') throw occurrenceNotFound();
      });
      return reply.code(204).send(null);
    },
  });
}

const findOne = ({ when, recurrence }: EventFields, start: string) =>
  recurrence && findOccurrence({ when, recurrence }, start);

const occurrenceNotFound = () => activityNotFound();

async function refuseUnsplittable<T>(edit: () => Promise<T>): Promise<T> {
  try {
    return await edit();
  } catch (error) {
    if (!(error instanceof RecurrenceError)) throw error;
    throw new ApiError('invalid-request', error.message, { pointer: '/scope' });
  }
}
