import { readNewFields } from './api/read-activity.ts';
import { createUser } from './api/sign-up.ts';
import type { AppContext } from './api/context.ts';
import type { NewActivity } from './api/schemas/activities.ts';
import type { EventId, LeadId, TenantId, UserId } from './calendar/ids.ts';
import { demonstration, leads, people, type PersonKey, plans } from './demonstration.ts';
import { createEvent } from './store/events.ts';
import { insertLead } from './store/leads.ts';
import { asSystem, inTenant } from './store/tenant.ts';

const TIME_ZONE = 'Europe/Berlin';
const DAY_MS = 24 * 60 * 60_000;

/** Fills an empty database with one company to try things on. Does nothing when it is not empty. */
export async function seedDemonstration(context: AppContext): Promise<void> {
  const hasTenant = await asSystem(context.store, (tx) =>
    tx.selectFrom('tenants').select('tenant_id').limit(1).executeTakeFirst(),
  );
  if (hasTenant) return;
  const tenantId = await createTenant(context, 'Northwind');
  const userIds = new Map<PersonKey, UserId>();
  for (const { key, ...person } of people) {
    const { password } = demonstration;
    const user = { tenantId, ...person, password, timeZone: TIME_ZONE };
    userIds.set(key, await createUser(context, user));
  }
  await addLeadsAndPlans(context, tenantId, userIds);
}

/** As the API makes them: with their histories, and on their way to calendars where there are any. */
async function addLeadsAndPlans(
  { runtime, store }: AppContext,
  tenantId: TenantId,
  userIds: ReadonlyMap<PersonKey, UserId>,
): Promise<void> {
  const newId = () => runtime.newId();
  const now = new Date(runtime.now());
  const monday = startOfWeek(now);
  await inTenant(store, { tenantId }, async (tx) => {
    const leadIds = new Map<string, LeadId>();
    for (const [owner, name, company, email, phone] of leads) {
      const leadId = newId() as LeadId;
      const ownerId = userIds.get(owner) as UserId;
      await insertLead(tx, { leadId, ownerId, name, company, email, phone, now });
      leadIds.set(name, leadId);
    }
    for (const { who, lead, title, more, ...slot } of plans) {
      const leadId = leadIds.get(lead) as LeadId;
      await createEvent(tx, {
        eventId: newId() as EventId,
        leadId,
        ownerId: userIds.get(who) as UserId,
        fields: readNewFields({ lead_id: leadId, title, ...whenOf(monday, slot), ...more }),
        now,
        newId,
      });
    }
  });
}

/** Midnight, in UTC, of the Monday of the week that it is in Berlin. */
function startOfWeek(now: Date): number {
  const date = new Intl.DateTimeFormat('en-CA', { timeZone: TIME_ZONE }).format(now);
  const midnight = Date.parse(`${date}T00:00:00Z`);
  return midnight - ((new Date(midnight).getUTCDay() + 6) % 7) * DAY_MS;
}

/** As it is typed into the form: days without times, or both on the clock in Berlin. */
function whenOf(
  monday: number,
  {
    week,
    day,
    at,
    minutes = 60,
  }: { week: number; day: number; at: string | null; minutes?: number },
): Pick<NewActivity, 'start' | 'end' | 'time_zone'> {
  const midnight = monday + (week * 7 + day - 1) * DAY_MS;
  if (at === null) {
    return { start: isoDate(midnight), end: isoDate(midnight + DAY_MS) };
  }
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  const start = midnight + (hour * 60 + minute) * 60_000;
  const wall = (ms: number) => new Date(ms).toISOString().slice(0, 16);
  return { start: wall(start), end: wall(start + minutes * 60_000), time_zone: TIME_ZONE };
}

const isoDate = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** Makes a company. Its users come by `createUser`. */
export async function createTenant(
  { runtime, store }: Pick<AppContext, 'runtime' | 'store'>,
  name: string,
): Promise<TenantId> {
  const tenantId = runtime.newId() as TenantId;
  await asSystem(store, (tx) =>
    tx
      .insertInto('tenants')
      .values({ tenant_id: tenantId, name, created_at: new Date(runtime.now()) })
      .execute(),
  );
  return tenantId;
}

/** Whether the address signs in to some company already: it can lead to one only. */
export async function hasUser(
  { store }: Pick<AppContext, 'store'>,
  email: string,
): Promise<boolean> {
  const user = await asSystem(store, (tx) =>
    tx
      .selectFrom('users')
      .select('id')
      .where(({ fn }) => fn('lower', ['email']), '=', email.toLowerCase())
      .executeTakeFirst(),
  );
  return user !== undefined;
}
