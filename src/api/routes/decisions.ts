import { Type } from 'typebox';
import type { EventId, LinkId } from '../../calendar/ids.ts';
import { resolveCopy } from '../../store/decisions.ts';
import { inTenant } from '../../store/tenant.ts';
import { ApiError } from '../api-error.ts';
import { requireUser } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import { findActivity, getOwnEvent, notOrganizer } from '../own-activity.ts';
import { resolveReplySchema, resolveSchema } from '../schemas/history.ts';
import { problemSchema } from '../schemas/problem.ts';

const uuid = Type.String({ format: 'uuid' });

/** What a person is asked about a copy of an activity, and answers. */
export function registerDecisionRoutes(app: App, { runtime, store }: AppContext): void {
  app.route({
    method: 'POST',
    url: '/api/activities/:id/copies/:linkId/resolve',
    schema: {
      summary: 'Settle what is asked about one copy: one of its `choices`',
      params: Type.Object({ id: uuid, linkId: uuid }),
      body: resolveSchema,
      response: { 200: resolveReplySchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const { id, linkId } = request.params;
      const eventId = id as EventId;
      return inTenant(store, caller, async (tx) => {
        await getOwnEvent(tx, eventId, caller);
        const outcome = await resolveCopy(tx, {
          eventId,
          linkId: linkId as LinkId,
          userId: caller.userId,
          choice: request.body.choice,
          now: new Date(runtime.now()),
          newId: () => runtime.newId(),
        });
        switch (outcome.kind) {
          case 'not-found':
            throw new ApiError('copy-not-found', 'Load the activity again.');
          case 'not-open':
            throw new ApiError('choice-not-open', 'Load the activity again.');
          case 'not-organizer':
            throw notOrganizer(outcome.organizer);
          case 'done':
            return { activity: (await findActivity(tx, eventId, caller)) ?? null };
        }
      });
    },
  });
}
