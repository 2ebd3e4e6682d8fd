import { Type } from 'typebox';
import type { EventId } from '../../calendar/ids.ts';
import { wantAnswer } from '../../store/answer.ts';
import { inTenant } from '../../store/tenant.ts';
import { ApiError } from '../api-error.ts';
import { requireUser } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import { activityNotFound, getActivity, getOwnEvent } from '../own-activity.ts';
import { activitySchema, answerSchema } from '../schemas/activities.ts';
import { problemSchema } from '../schemas/problem.ts';

/** The one thing that is one's own on somebody else's meeting. */
export function registerAnswerRoute(app: App, { runtime, store }: AppContext): void {
  app.route({
    method: 'POST',
    url: '/api/activities/:id/answer',
    schema: {
      summary: 'Answer somebody else’s meeting that you are invited to',
      params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
      body: answerSchema,
      response: { 200: activitySchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const eventId = request.params.id as EventId;
      return inTenant(store, caller, async (tx) => {
        await getOwnEvent(tx, eventId, caller);
        const outcome = await wantAnswer(tx, {
          eventId,
          answer: request.body.answer,
          now: new Date(runtime.now()),
          newId: () => runtime.newId(),
        });
        if (outcome === 'not-found') throw activityNotFound();
        if (outcome === 'not-invited') {
          throw new ApiError('not-invited', 'Only somebody else’s meeting can be answered.');
        }
        return getActivity(tx, eventId, caller);
      });
    },
  });
}
