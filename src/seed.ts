import { readNewFields } from './api/read-activity.ts';
import { createUser } from './api/sign-up.ts';
import type { AppContext } from './api/context.ts';
import type { NewActivity } from './api/schemas/activities.ts';
import type { EventId, LeadId, TenantId, UserId } from './calendar/ids.ts';
import { toLocalDateTime, wallToEpochMs } from './calendar/instants.ts';
import { demonstration, leads, people, type PersonKey, plans, type Slot } from './demonstration.ts';
import { createEvent, editEvent } from './store/events.ts';
import { insertLead } from './store/leads.ts';
import { asSystem, inTenant, type TenantTransaction } from './store/tenant.ts';

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

/** Added over the last months, and planned some days ahead, by day and on working days. */
async function addLeadsAndPlans(
  { runtime, store }: AppContext,
  tenantId: TenantId,
  userIds: ReadonlyMap<PersonKey, UserId>,
): Promise<void> {
  const newId = () => runtime.newId();
  const today = startOfDay(new Date(runtime.now()));
  await inTenant(store, { tenantId }, async (tx) => {
    const leadIds = new Map<string, LeadId>();
    for (const [index, [owner, name, company, email, phone, weeks]] of leads.entries()) {
      const leadId = newId() as LeadId;
      const ownerId = userIds.get(owner) as UserId;
      const day = startOfWeek(today) + ((index % 5) - 7 * weeks) * DAY_MS;
      const now = atDesk(day, index);
      await insertLead(tx, { leadId, ownerId, name, company, email, phone, now });
      leadIds.set(name, leadId);
    }
    for (const [index, plan] of plans.entries()) {
      const leadId = leadIds.get(plan.lead) as LeadId;
      const userId = userIds.get(plan.who) as UserId;
      await addPlan(tx, { plan, index, leadId, userId, today, newId });
    }
  });
}

/** As the API makes and edits it: with its history, and on its way to calendars where there are any. */
async function addPlan(
  tx: TenantTransaction,
  { plan, index, leadId, userId, today, newId }: PlanToAdd,
): Promise<void> {
  const { slot, movedFrom = slot, title, more } = plan;
  const monday = startOfWeek(today);
  const fieldsAt = (planned: Slot) =>
    readNewFields({ lead_id: leadId, title, ...whenOf(monday, planned), ...more });
  // What lies ahead was planned lately.
  const before = Math.min(dayOf(monday, slot), dayOf(monday, movedFrom), today);
  const eventId = newId() as EventId;
  const madeAt = atDesk(workdaysBefore(before, 2 + ((index * 5) % 9)), index);
  const fields = fieldsAt(movedFrom);
  await createEvent(tx, { eventId, leadId, ownerId: userId, fields, now: madeAt, newId });
  if (!plan.movedFrom) return;
  const movedAt = atDesk(workdaysBefore(before, 1), index + 3);
  const changes = { when: fieldsAt(slot).when };
  await editEvent(tx, { eventId, userId, version: 1, changes, now: movedAt, newId });
}

interface PlanToAdd {
  plan: (typeof plans)[number];
  /** Its place in the list: when it was made hangs on it. */
  index: number;
  leadId: LeadId;
  userId: UserId;
  /** As `startOfDay` gives it. */
  today: number;
  newId: () => string;
}

/** Midnight, in UTC, of the day that it is in Berlin. */
const startOfDay = (now: Date): number =>
  Date.parse(`${toLocalDateTime(now.getTime(), TIME_ZONE).slice(0, 10)}T00:00:00Z`);

/** The Monday of the week of a day; both as midnights in UTC, as all days below. */
const startOfWeek = (day: number): number => day - ((new Date(day).getUTCDay() + 6) % 7) * DAY_MS;

/** The day that is so many working days before another. */
function workdaysBefore(day: number, count: number): number {
  let left = count;
  let found = day;
  while (left > 0) {
    found -= DAY_MS;
    if (new Date(found).getUTCDay() % 6 !== 0) left--;
  }
  return found;
}

/** A moment of that day between nine and five in Berlin: another one for each `index`. */
function atDesk(day: number, index: number): Date {
  const minutes = 9 * 60 + ((index * 97) % (8 * 60));
  return new Date(wallToEpochMs(day + minutes * 60_000, TIME_ZONE));
}

const dayOf = (monday: number, [week, day]: Slot) => monday + (week * 7 + day - 1) * DAY_MS;

/** As it is typed into the form: days without times, or both on the clock in Berlin. */
function whenOf(monday: number, slot: Slot): Pick<NewActivity, 'start' | 'end' | 'time_zone'> {
  const midnight = dayOf(monday, slot);
  const [, , at, minutes] = slot;
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
