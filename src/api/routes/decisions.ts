import { Type } from 'typebox';
import type { EventId, LeadId, LinkId } from '../../calendar/ids.ts';
import { type DecisionOutcome, resolveCopy } from '../../store/decisions.ts';
import {
  type AskedPosition,
  countDecisions,
  findEventOfCopy,
  listAskedCopies,
  listHeldCalendars,
} from '../../store/open-decisions.ts';
import { listLeadNames } from '../../store/leads.ts';
import { inTenant, type TenantTransaction } from '../../store/tenant.ts';
import { listCopies, listOwnEvents } from '../../store/visible-events.ts';
import type { Choice } from '../../sync/choices.ts';
import { toActivity } from '../activity-view.ts';
import { ApiError } from '../api-error.ts';
import { type Caller, requireUser } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { viewHeldCalendar } from '../held-calendar-view.ts';
import { findActivity, getOwnEvent, notOrganizer } from '../own-activity.ts';
import {
  type CopyDecision,
  decisionCountSchema,
  decisionListQuerySchema,
  decisionListSchema,
  resolveManyReplySchema,
  resolveManySchema,
} from '../schemas/decisions.ts';
import { resolveReplySchema, resolveSchema } from '../schemas/history.ts';
import { problemSchema } from '../schemas/problem.ts';

const PAGE_SIZE = 25;

const uuid = Type.String({ format: 'uuid' });

/** What a person is asked: all of it, how much it is, and the answers. */
export function registerDecisionRoutes(app: App, { keys, runtime, store }: AppContext): void {
  const occasion = () => ({ now: new Date(runtime.now()), newId: () => runtime.newId() });

  app.route({
    method: 'GET',
    url: '/api/decisions',
    schema: {
      summary:
        'What waits for a word of yours: copies of your activities, and calendars that are held',
      querystring: decisionListQuerySchema,
      response: { 200: decisionListSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const { cursor } = request.query;
      const context = ['decisions', caller.tenantId, caller.userId];
      const after = cursor ? parsePosition(readCursor(keys.secret, context, cursor)) : null;
      return inTenant(store, caller, async (tx) => {
        const found = await listAskedCopies(tx, caller.userId, { after, limit: PAGE_SIZE + 1 });
        const page = found.slice(0, PAGE_SIZE);
        const last = page.at(-1);
        const held = after ? [] : await listHeldCalendars(tx, caller.userId);
        return {
          count: await countDecisions(tx, caller.userId),
          brakes: held.map(viewHeldCalendar),
          copies: await viewCopies(tx, caller, page),
          next_cursor:
            found.length > PAGE_SIZE && last
              ? writeCursor(keys.secret, context, JSON.stringify([last.since_ms, last.id]))
              : null,
        };
      });
    },
  });

  app.route({
    method: 'GET',
    url: '/api/decisions/count',
    schema: {
      summary: 'How much waits for a word of yours',
      response: { 200: decisionCountSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      return inTenant(store, caller, async (tx) => ({
        count: await countDecisions(tx, caller.userId),
      }));
    },
  });

  app.route({
    method: 'POST',
    url: '/api/decisions/resolve',
    schema: {
      summary: 'Settle what is asked about several copies by the same choice, each for itself',
      body: resolveManySchema,
      response: { 200: resolveManyReplySchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const { choice, copy_ids } = request.body;
      const results: DecisionOutcome['kind'][] = [];
      for (const copyId of copy_ids) {
        // A transaction each: one that cannot be settled stops none of the others.
        results.push(
          await inTenant(store, caller, async (tx) => {
            const linkId = copyId as LinkId;
            const eventId = await findEventOfCopy(tx, linkId, caller.userId);
            if (!eventId) return 'not-found';
            const outcome = await settle(tx, caller, { eventId, linkId, choice });
            return outcome.kind;
          }),
        );
      }
      return { results };
    },
  });

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
      const { choice } = request.body;
      const eventId = id as EventId;
      return inTenant(store, caller, async (tx) => {
        await getOwnEvent(tx, eventId, caller);
        const outcome = await settle(tx, caller, { eventId, linkId: linkId as LinkId, choice });
        switch (outcome.kind) {
          case 'not-found':
            throw new ApiError('copy-not-found', 'Load the activity again.');
          case 'not-open':
            throw new ApiError('choice-not-open', 'Load the activity again.');
          case 'not-organizer':
            throw notOrganizer(outcome.organizer);
          case 'not-usable':
            throw new ApiError(
              'calendar-not-usable',
              'Nothing goes to this calendar now: change that in System Settings first.',
            );
          case 'done':
            return { activity: (await findActivity(tx, eventId, caller)) ?? null };
        }
      });
    },
  });

  function settle(
    tx: TenantTransaction,
    { userId }: Caller,
    decision: { eventId: EventId; linkId: LinkId; choice: Choice },
  ): Promise<DecisionOutcome> {
    return resolveCopy(tx, { ...decision, userId, ...occasion() });
  }
}

/** The copies with their events, in the same order. */
async function viewCopies(
  tx: TenantTransaction,
  caller: Caller,
  asked: readonly { id: LinkId; event_id: EventId }[],
): Promise<CopyDecision[]> {
  const ids = [...new Set(asked.map(({ event_id }) => event_id))];
  const events = await listOwnEvents(tx, ids, caller.userId);
  const copies = await listCopies(tx, ids, caller.userId);
  const leadIds = events.flatMap(({ lead_id }) => lead_id ?? []);
  const names = await listLeadNames(tx, [...new Set(leadIds)]);
  const viewLead = (id: LeadId | null) => {
    const name = id === null ? undefined : names.get(id);
    return id !== null && name !== undefined ? { id, name } : null;
  };
  return asked.flatMap(({ id, event_id }) => {
    const event = events.find((one) => one.id === event_id);
    if (!event) return [];
    const activity = toActivity(event, copies, caller.userId);
    return [{ copy_id: id, activity, lead: viewLead(event.lead_id) }];
  });
}

/** Signed by us, so it is what we wrote. */
function parsePosition(value: string): AskedPosition {
  const [since_ms, id] = JSON.parse(value) as [number, LinkId];
  return { since_ms, id };
}
