import { Type } from 'typebox';
import type { LeadId } from '../../calendar/ids.ts';
import {
  findLead,
  findLeadPosition,
  insertLead,
  type LeadPosition,
  type LeadView,
  listLeads,
} from '../../store/leads.ts';
import { inTenant } from '../../store/tenant.ts';
import { ApiError } from '../api-error.ts';
import { type Caller, requireUser } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { withNextOccurrences } from '../next-events.ts';
import {
  type Lead,
  leadListQuerySchema,
  leadListSchema,
  leadSchema,
  newLeadSchema,
} from '../schemas/leads.ts';
import { problemSchema } from '../schemas/problem.ts';

const PAGE_SIZE = 50;

export function registerLeadRoutes(app: App, { keys, runtime, store }: AppContext): void {
  app.route({
    method: 'GET',
    url: '/api/leads',
    schema: {
      summary: 'Leads by name',
      querystring: leadListQuerySchema,
      response: { 200: leadListSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const search = request.query.q?.trim() ?? '';
      const context = ['leads', caller.tenantId, search];
      const { cursor } = request.query;
      const after = cursor ? parsePosition(readCursor(keys.secret, context, cursor)) : null;
      return inTenant(store, caller, async (tx) => {
        const now = new Date(runtime.now());
        const found = await listLeads(tx, { search, after, limit: PAGE_SIZE + 1, now });
        const leads = await withNextOccurrences(tx, found.slice(0, PAGE_SIZE), now);
        const last = leads.at(-1);
        const position =
          found.length > PAGE_SIZE && last ? await findLeadPosition(tx, last.id) : undefined;
        return {
          leads: leads.map(toLead),
          next_cursor: position
            ? writeCursor(keys.secret, context, JSON.stringify([position.name, position.id]))
            : null,
        };
      });
    },
  });

  app.route({
    method: 'POST',
    url: '/api/leads',
    schema: {
      summary: 'Add a lead',
      body: newLeadSchema,
      response: { 201: leadSchema, default: problemSchema },
    },
    async handler(request, reply) {
      const caller = requireUser(request);
      const { name, company = '', email = '', phone = '' } = request.body;
      const leadId = runtime.newId() as LeadId;
      const now = new Date(runtime.now());
      const lead = await inTenant(store, caller, async (tx) => {
        const columns = { name: name.trim(), company: company.trim(), email, phone: phone.trim() };
        await insertLead(tx, { leadId, ownerId: caller.userId, ...columns, now });
        return getLead(await findLead(tx, leadId, now));
      });
      return reply.code(201).send(lead);
    },
  });

  app.route({
    method: 'GET',
    url: '/api/leads/:id',
    schema: {
      summary: 'One lead',
      params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
      response: { 200: leadSchema, default: problemSchema },
    },
    async handler(request) {
      const caller: Caller = requireUser(request);
      const now = new Date(runtime.now());
      return inTenant(store, caller, async (tx) => {
        const lead = await findLead(tx, request.params.id as LeadId, now);
        const [found] = await withNextOccurrences(tx, lead ? [lead] : [], now);
        return getLead(found);
      });
    },
  });
}

function getLead(lead: LeadView | undefined): Lead {
  if (!lead) throw new ApiError('lead-not-found', 'Go back to the list of leads.');
  return toLead(lead);
}

function toLead(lead: LeadView): Lead {
  return {
    id: lead.id,
    name: lead.name,
    company: lead.company,
    email: lead.email,
    phone: lead.phone,
    owner: { id: lead.owner_id, name: lead.owner_name },
    created_at: lead.created_at.toISOString(),
    next_event_at: lead.next_event_at?.toISOString() ?? null,
  };
}

/** Signed by us, so it is what we wrote. */
function parsePosition(value: string): LeadPosition {
  const [name, id] = JSON.parse(value) as [string, LeadId];
  return { name, id };
}
