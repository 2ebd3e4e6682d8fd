import { Type } from 'typebox';
import type { EventId } from '../../calendar/ids.ts';
import { listHistory } from '../../store/history-views.ts';
import { isForgotten, restoreEvent } from '../../store/restore.ts';
import { findEvent } from '../../store/events.ts';
import { inTenant } from '../../store/tenant.ts';
import { undoChange } from '../../store/undo.ts';
import { ApiError } from '../api-error.ts';
import { requireUser } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import { toUnit } from '../event-words.ts';
import { viewHistoryEntry } from '../history-view.ts';
import {
  activityNotFound,
  findActivity,
  getActivity,
  getOwnEvent,
  notOrganizer,
} from '../own-activity.ts';
import { activitySchema } from '../schemas/activities.ts';
import { historySchema, undoReplySchema } from '../schemas/history.ts';
import { problemSchema } from '../schemas/problem.ts';

const uuid = Type.String({ format: 'uuid' });
const oneActivity = Type.Object({ id: uuid });

/** What happened to one's own activities, and taking it back. */
export function registerHistoryRoutes(app: App, { runtime, store }: AppContext): void {
  const occasion = () => ({ now: new Date(runtime.now()), newId: () => runtime.newId() });

  app.route({
    method: 'GET',
    url: '/api/activities/:id/history',
    schema: {
      summary: 'What happened to an activity of your own, also a deleted one',
      params: oneActivity,
      response: { 200: historySchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const eventId = request.params.id as EventId;
      const { now } = occasion();
      return inTenant(store, caller, async (tx) => {
        await getOwnEvent(tx, eventId, caller);
        const row = await findEvent(tx, eventId);
        if (!row || isForgotten(row, now)) throw activityNotFound();
        return { entries: (await listHistory(tx, row, now)).map(viewHistoryEntry) };
      });
    },
  });

  app.route({
    method: 'POST',
    url: '/api/activities/:id/history/:entryId/undo',
    schema: {
      summary: 'Take one change of an activity of your own back',
      params: Type.Object({ id: uuid, entryId: uuid }),
      response: { 200: undoReplySchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const { id, entryId } = request.params;
      const eventId = id as EventId;
      return inTenant(store, caller, async (tx) => {
        await getOwnEvent(tx, eventId, caller);
        const { userId } = caller;
        const outcome = await undoChange(tx, { eventId, entryId, userId, ...occasion() });
        switch (outcome.kind) {
          case 'not-found':
            throw new ApiError('history-entry-not-found', 'Load its history again.');
          case 'not-organizer':
            throw notOrganizer(outcome.organizer);
          case 'impossible':
            throw new ApiError('undo-not-possible', refusals[outcome.why]);
          case 'done':
            return {
              activity: (await findActivity(tx, eventId, caller)) ?? null,
              overwritten: outcome.overwritten.map(toUnit),
            };
        }
      });
    },
  });

  app.route({
    method: 'POST',
    url: '/api/activities/:id/restore',
    schema: {
      summary: 'Bring a cancelled or deleted activity of your own back, and put its copies back',
      params: oneActivity,
      response: { 200: activitySchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const eventId = request.params.id as EventId;
      return inTenant(store, caller, async (tx) => {
        await getOwnEvent(tx, eventId, caller);
        const { userId } = caller;
        const outcome = await restoreEvent(tx, { eventId, userId, ...occasion() });
        if (outcome === 'not-found') throw activityNotFound();
        if (outcome === 'nothing') {
          throw new ApiError('nothing-to-restore', 'It is there, and so are its copies.');
        }
        return getActivity(tx, eventId, caller);
      });
    },
  });
}

const refusals = {
  'too-old': 'It is more than 30 days old.',
  'not-live': 'Restore the activity first.',
  'done-already': 'It is as it was before already.',
  'no-such-undo': 'Delete or edit the activity instead.',
  'split-since': 'Its later dates are a series of their own now: delete that one first.',
};
