import type { LeadId, TenantId } from './calendar/ids.ts';
import { createUser } from './api/sign-up.ts';
import type { AppContext } from './api/context.ts';
import { asSystem, currentTenantId, inTenant } from './store/tenant.ts';

/** The sign-in that the demonstration prints. Made only where the sandbox plays the providers. */
export const demonstration = { email: 'anna@northwind.example', password: 'kalends-demo' };

const people = [
  { name: 'Anna Berg', email: demonstration.email, role: 'admin' },
  { name: 'Ben Okafor', email: 'ben@northwind.example', role: 'member' },
] as const;

const leads = [
  ['Carla Fontaine', 'Fontaine & Fils', 'carla@fontaine.example', '+33 1 55 55 01 10'],
  ['Dmitri Aalto', 'Aalto Marine', 'dmitri@aalto.example', '+358 9 555 0123'],
  ['Esther Nakamura', 'Hoshi Robotics', 'esther.nakamura@hoshi.example', '+81 3 5550 0142'],
  ['Farid Rahimi', 'Rahimi Logistics', 'farid@rahimi.example', '+49 40 555 0177'],
  ['Grace Mbeki', 'Karoo Energy', 'grace.mbeki@karoo.example', '+27 21 555 0155'],
  ['Hannah Lindqvist', 'Lindqvist Timber', 'hannah@lindqvist.example', '+46 8 555 0191'],
  ['Ignacio Paredes', 'Andes Foods', 'ignacio@andes.example', '+56 2 5555 0126'],
  ['Jules Verhoeven', 'Delta Pumps', 'jules@deltapumps.example', '+31 20 555 0168'],
  ['Keiko Mori', 'Mori Architects', 'keiko@mori.example', '+81 75 555 0113'],
  ['Liam O’Connor', 'Harbour Clinics', 'liam@harbour.example', '+353 1 555 0184'],
  ['Mina Haddad', 'Cedar Textiles', 'mina@cedar.example', '+961 1 555 018'],
  ['Noah Feldman', 'Feldman Optics', 'noah@feldman.example', '+1 617 555 0139'],
] as const;

/** Fills an empty database with one company to try things on. Does nothing when it is not empty. */
export async function seedDemonstration(context: AppContext): Promise<void> {
  const hasTenant = await asSystem(context.store, (tx) =>
    tx.selectFrom('tenants').select('tenant_id').limit(1).executeTakeFirst(),
  );
  if (hasTenant) return;
  const { runtime, store } = context;
  const now = new Date(runtime.now());
  const tenantId = await createTenant(context, 'Northwind');
  const [anna] = await Promise.all(
    people.map((person) =>
      createUser(context, {
        tenantId,
        ...person,
        password: demonstration.password,
        timeZone: 'Europe/Berlin',
      }),
    ),
  );
  if (!anna) return;
  await inTenant(store, { tenantId }, async (tx) => {
    for (const [name, company, email, phone] of leads) {
      await tx
        .insertInto('leads')
        .values({
          tenant_id: currentTenantId,
          id: runtime.newId() as LeadId,
          owner_id: anna,
          name,
          company,
          email,
          phone,
          created_at: now,
        })
        .execute();
    }
  });
}

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
